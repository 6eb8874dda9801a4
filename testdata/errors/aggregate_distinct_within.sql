CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT mode(DISTINCT price) WITHIN GROUP (ORDER BY price) FROM bids;
-- error:
-- error: cannot use DISTINCT with WITHIN GROUP -- 42601, aggregate_distinct_within.sql line 3, column 8
--   3 | SELECT mode(DISTINCT price) WITHIN GROUP (ORDER BY price) FROM bids;
--     |        ^
