CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT auction FROM bids WHERE channel = 5;
-- error:
-- error: operator TEXT = INT does not exist -- 42883, type_mismatch.sql line 3, column 40
--   3 | SELECT auction FROM bids WHERE channel = 5;
--     |                                        ^
-- hint: Cast one side: channel::INT.
