CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT auction FROM bids WHERE count(*) > 1 GROUP BY auction;
-- error:
-- error: aggregate functions are not allowed in WHERE -- 42803, aggregate_in_where.sql line 3, column 32
--   3 | SELECT auction FROM bids WHERE count(*) > 1 GROUP BY auction;
--     |                                ^
-- hint: Use HAVING to filter groups, or compute the aggregate in a derived table first.
