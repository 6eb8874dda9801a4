CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT approx_percentile(price, price) FROM bids;
-- error:
-- error: a fraction that is no constant is not supported -- 0A000, aggregate_fraction_of_row.sql line 3, column 33
--   3 | SELECT approx_percentile(price, price) FROM bids;
--     |                                 ^
-- hint: Write a number from 0 to 1, such as 0.5, or an array of such: ARRAY[0.25, 0.75].
