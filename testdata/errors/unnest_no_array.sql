CREATE TABLE bids (auction BIGINT, price BIGINT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT * FROM bids, unnest(price) AS p;
-- error:
-- error: function unnest(BIGINT) does not exist -- 42883, unnest_no_array.sql line 3, column 21
--   3 | SELECT * FROM bids, unnest(price) AS p;
--     |                     ^
-- hint: There is unnest(ARRAY), unnest(MAP).
