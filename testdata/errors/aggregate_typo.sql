CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT aray_agg(price) FROM bids;
-- error:
-- error: function aray_agg(BIGINT) does not exist -- 42883, aggregate_typo.sql line 3, column 8
--   3 | SELECT aray_agg(price) FROM bids;
--     |        ^
-- hint: Did you mean "array_agg"?
