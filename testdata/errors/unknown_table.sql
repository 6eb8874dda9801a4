CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT * FROM bid;
-- error:
-- error: table "bid" does not exist -- 42P01, unknown_table.sql line 3, column 15
--   3 | SELECT * FROM bid;
--     |               ^
-- hint: Did you mean "bids"?
