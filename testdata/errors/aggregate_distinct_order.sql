CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT string_agg(DISTINCT channel, ',' ORDER BY price) FROM bids;
-- error:
-- error: in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list -- 42P10, aggregate_distinct_order.sql line 3, column 50
--   3 | SELECT string_agg(DISTINCT channel, ',' ORDER BY price) FROM bids;
--     |                                                  ^
-- hint: Order by one of the arguments, or group by them in a derived table first.
