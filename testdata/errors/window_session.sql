CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
CREATE TABLE totals (auction BIGINT, n BIGINT)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'totals', format = 'json');
INSERT INTO totals SELECT auction, count(*) FROM TABLE(SESSION(TABLE bids PARTITION BY auction, DESCRIPTOR(at), INTERVAL '5' MINUTE)) GROUP BY auction, window_start, window_end;
-- error:
-- error: SESSION is not supported -- 0A000, window_session.sql line 5, column 56
--   5 | INSERT INTO totals SELECT auction, count(*) FROM TABLE(SESSION(TABLE bids PARTITION BY auction, DESCRIPTOR(at), INTERVAL '5' MINUTE)) GROUP BY auction, window_start, window_end;
--     |                                                        ^
-- hint: Use TUMBLE, HOP or CUMULATE.
