CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT * FROM bids WHERE price;
-- error:
-- error: argument of WHERE must be BOOLEAN, not BIGINT -- 42804, where_not_boolean.sql line 3, column 26
--   3 | SELECT * FROM bids WHERE price;
--     |                          ^
