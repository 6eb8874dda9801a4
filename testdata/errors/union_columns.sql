CREATE TABLE bids (auction BIGINT, price BIGINT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT auction, price FROM bids UNION SELECT auction FROM bids;
-- error:
-- error: each UNION query must have the same number of columns: 2 and 1 -- 42601, union_columns.sql line 3, column 39
--   3 | SELECT auction, price FROM bids UNION SELECT auction FROM bids;
--     |                                       ^
