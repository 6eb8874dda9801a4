CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY channel) FROM bids;
-- error:
-- error: function percentile_cont(text) does not exist -- 42883, aggregate_percentile_of_text.sql line 3, column 8
--   3 | SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY channel) FROM bids;
--     |        ^
-- hint: percentile_cont takes a constant from 0 to 1 or an array of such, and WITHIN GROUP (ORDER BY) one number or INTERVAL.
