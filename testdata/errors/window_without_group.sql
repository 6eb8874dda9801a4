CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT TUMBLE_START(at, INTERVAL '10' SECOND) FROM bids;
-- error:
-- error: TUMBLE_START needs a window in GROUP BY -- 42P20, window_without_group.sql line 3, column 8
--   3 | SELECT TUMBLE_START(at, INTERVAL '10' SECOND) FROM bids;
--     |        ^
-- hint: Add TUMBLE(…) to GROUP BY, or use FROM TABLE(TUMBLE(…)) and its column window_start.
