CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT channel + 1 FROM bids;
-- error:
-- error: operator TEXT + INT does not exist -- 42883, text_plus_number.sql line 3, column 16
--   3 | SELECT channel + 1 FROM bids;
--     |                ^
-- hint: Cast one side: channel::INT.
