CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT count(*) FROM SESSION(bids, at, INTERVAL '10 seconds') GROUP BY window_start;
-- error:
-- error: SESSION is not supported -- 0A000, session.sql line 3, column 22
--   3 | SELECT count(*) FROM SESSION(bids, at, INTERVAL '10 seconds') GROUP BY window_start;
--     |                      ^
-- hint: Use TUMBLE, HOP or CUMULATE.
