CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT count(*) FROM TUMBLE(bids, at, INTERVAL '0 seconds') GROUP BY window_start;
-- error:
-- error: the size of a window is 0s -- 22023, window_length.sql line 3, column 22
--   3 | SELECT count(*) FROM TUMBLE(bids, at, INTERVAL '0 seconds') GROUP BY window_start;
--     |                      ^
-- hint: Give a length of more than nothing, such as INTERVAL '10 seconds'.
