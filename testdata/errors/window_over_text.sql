CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT count(*) FROM TUMBLE(bids, channel, INTERVAL '10 seconds') GROUP BY window_start;
-- error:
-- error: event time is TIMESTAMP or TIMESTAMPTZ, but "channel" is TEXT -- 42804, window_over_text.sql line 3, column 35
--   3 | SELECT count(*) FROM TUMBLE(bids, channel, INTERVAL '10 seconds') GROUP BY window_start;
--     |                                   ^
-- hint: Declare it as TIMESTAMP, or add a computed column such as ts AS CAST(channel AS TIMESTAMP).
