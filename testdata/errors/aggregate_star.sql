CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT array_agg(*) FROM bids;
-- error:
-- error: array_agg(*) does not exist -- 42883, aggregate_star.sql line 3, column 8
--   3 | SELECT array_agg(*) FROM bids;
--     |        ^
-- hint: Name a column: array_agg(column).
