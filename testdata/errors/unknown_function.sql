CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT uper(channel) FROM bids;
-- error:
-- error: function uper(TEXT) does not exist -- 42883, unknown_function.sql line 3, column 8
--   3 | SELECT uper(channel) FROM bids;
--     |        ^
-- hint: Did you mean "upper"?
