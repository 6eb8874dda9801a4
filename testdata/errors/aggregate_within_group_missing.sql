CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT percentile_cont(0.5) FROM bids;
-- error:
-- error: WITHIN GROUP is required for ordered-set aggregate percentile_cont -- 42809, aggregate_within_group_missing.sql line 3, column 8
--   3 | SELECT percentile_cont(0.5) FROM bids;
--     |        ^
-- hint: Write percentile_cont(0.5) WITHIN GROUP (ORDER BY n).
