CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT string_agg(price, ',') FROM bids;
-- error:
-- error: function string_agg(bigint, unknown) does not exist -- 42883, aggregate_arguments.sql line 3, column 8
--   3 | SELECT string_agg(price, ',') FROM bids;
--     |        ^
-- hint: string_agg takes two arguments: TEXT and a separator that is TEXT, or both BYTEA.
