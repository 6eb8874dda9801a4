CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT 1 FROM TABLE(TUMBLE(DATA => TABLE bids, TIMECOL => DESCRIPTOR(at), SIZ => INTERVAL '1' MINUTE));
-- error:
-- error: TUMBLE has no argument "siz" -- 42601, window_unknown_argument.sql line 3, column 75
--   3 | SELECT 1 FROM TABLE(TUMBLE(DATA => TABLE bids, TIMECOL => DESCRIPTOR(at), SIZ => INTERVAL '1' MINUTE));
--     |                                                                           ^
-- hint: Did you mean "size"?
