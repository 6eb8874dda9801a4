CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT auction, price, count(*) FROM bids GROUP BY auction;
-- error:
-- error: column "price" must appear in GROUP BY or be used in an aggregate function -- 42803, not_grouped.sql line 3, column 17
--   3 | SELECT auction, price, count(*) FROM bids GROUP BY auction;
--     |                 ^
-- hint: Add price to GROUP BY, or write an aggregate such as max(price).
