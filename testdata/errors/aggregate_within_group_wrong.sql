CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT sum(price) WITHIN GROUP (ORDER BY price) FROM bids;
-- error:
-- error: sum is not an ordered-set aggregate, so it cannot have WITHIN GROUP -- 42809, aggregate_within_group_wrong.sql line 3, column 8
--   3 | SELECT sum(price) WITHIN GROUP (ORDER BY price) FROM bids;
--     |        ^
-- hint: Put the order behind the arguments: sum(… ORDER BY …).
