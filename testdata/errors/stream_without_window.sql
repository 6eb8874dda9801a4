CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
CREATE TABLE totals (auction BIGINT, n BIGINT, day DATE)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'totals', format = 'json');
INSERT INTO totals (auction, n)
SELECT auction, count(*) FROM bids GROUP BY auction;
-- error:
-- error: an aggregate with no window over an unbounded input is not supported -- 0A000, stream_without_window.sql line 6, column 1
--   6 | SELECT auction, count(*) FROM bids GROUP BY auction;
--     | ^
-- hint: Group by a window, such as TUMBLE(ts, INTERVAL '10' SECOND); or run it with --mode batch, or give the source an end with scan.end = 'latest'.
