CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
CREATE TABLE totals (auction BIGINT, n BIGINT)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'totals', format = 'json');
INSERT INTO totals SELECT auction, row_number() OVER (PARTITION BY auction ORDER BY price) FROM bids;
-- error:
-- error: a window function (OVER), DISTINCT ON or WITH TIES over an unbounded input is not supported -- 0A000, over_stream.sql line 5, column 36
--   5 | INSERT INTO totals SELECT auction, row_number() OVER (PARTITION BY auction ORDER BY price) FROM bids;
--     |                                    ^
-- hint: Group by a window, such as TUMBLE(ts, INTERVAL '10' SECOND); or run it with --mode batch, or give the source an end with scan.end = 'latest'.
