CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT * FROM bids WHERE price > 'much';
-- error:
-- error: invalid input syntax for type BIGINT: "much" -- 22P02, literal_not_a_number.sql line 3, column 34
--   3 | SELECT * FROM bids WHERE price > 'much';
--     |                                  ^
