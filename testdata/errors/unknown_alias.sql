CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT c.price FROM bids AS b;
-- error:
-- error: there is no table "c" in FROM -- 42P01, unknown_alias.sql line 3, column 8
--   3 | SELECT c.price FROM bids AS b;
--     |        ^
-- hint: There are: b.
