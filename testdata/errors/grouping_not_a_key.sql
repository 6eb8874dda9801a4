CREATE TABLE bids (auction BIGINT, price BIGINT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT grouping(price) FROM bids GROUP BY ROLLUP (auction);
-- error:
-- error: arguments to GROUPING must be grouping expressions of the associated query level -- 42803, grouping_not_a_key.sql line 3, column 17
--   3 | SELECT grouping(price) FROM bids GROUP BY ROLLUP (auction);
--     |                 ^
-- hint: Give it the expressions of GROUP BY.
