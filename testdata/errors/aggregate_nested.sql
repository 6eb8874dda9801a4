CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT array_agg(max(price)) FROM bids;
-- error:
-- error: aggregate function calls cannot be nested -- 42803, aggregate_nested.sql line 3, column 18
--   3 | SELECT array_agg(max(price)) FROM bids;
--     |                  ^
-- hint: Compute max in a derived table first.
