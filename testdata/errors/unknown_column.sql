CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT auction, max(prices)
FROM bids GROUP BY auction;
-- error:
-- error: column "prices" does not exist in table "bids" -- 42703, unknown_column.sql line 3, column 21
--   3 | SELECT auction, max(prices)
--     |                     ^
-- hint: Did you mean "price"?
