CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT a.price FROM bids AS a JOIN bids AS b ON a.auction = b.auction;
-- error:
-- error: JOIN is not supported -- 0A000, join.sql line 3, column 36
--   3 | SELECT a.price FROM bids AS a JOIN bids AS b ON a.auction = b.auction;
--     |                                    ^
-- hint: Write one query a table; joins are to come.
