CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT 1 FROM TUMBLE(bids, at, INTERVAL '-1 minute');
-- error:
-- error: the size of a window is -1m -- 22023, window_negative_size.sql line 3, column 15
--   3 | SELECT 1 FROM TUMBLE(bids, at, INTERVAL '-1 minute');
--     |               ^
-- hint: Give a length of more than nothing, such as INTERVAL '10 seconds'.
