CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT auction, count(*) FROM bids GROUP BY auction EMIT EVERY INTERVAL '1' SECOND;
-- error:
-- error: EMIT EVERY is not supported -- 0A000, emit_every.sql line 3, column 53
--   3 | SELECT auction, count(*) FROM bids GROUP BY auction EMIT EVERY INTERVAL '1' SECOND;
--     |                                                     ^
-- hint: Use EMIT CHANGES, or EMIT ON WINDOW CLOSE with a window.
