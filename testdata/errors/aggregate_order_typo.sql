CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT array_agg(price ORDER BY pricy) FROM bids;
-- error:
-- error: column "pricy" does not exist in table "bids" -- 42703, aggregate_order_typo.sql line 3, column 33
--   3 | SELECT array_agg(price ORDER BY pricy) FROM bids;
--     |                                 ^
-- hint: Did you mean "price"?
