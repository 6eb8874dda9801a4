CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT auction FORM bids;
-- error:
-- error: syntax error at or near "FORM" -- 42601, from_typo.sql line 3, column 16
--   3 | SELECT auction FORM bids;
--     |                ^
-- hint: Did you mean FROM?
