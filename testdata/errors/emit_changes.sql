CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT auction, count(*) FROM bids GROUP BY auction EMIT CHANGES;
-- error:
-- error: EMIT CHANGES is not supported -- 0A000, emit_changes.sql line 3, column 53
--   3 | SELECT auction, count(*) FROM bids GROUP BY auction EMIT CHANGES;
--     |                                                     ^
-- hint: Use EMIT ON WINDOW CLOSE with a window, or leave EMIT out.
