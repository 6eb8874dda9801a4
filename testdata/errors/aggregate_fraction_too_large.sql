CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT percentile_disc(1.5) WITHIN GROUP (ORDER BY price) FROM bids;
-- error:
-- error: percentile value 1.5 is not between 0 and 1 -- 22003, aggregate_fraction_too_large.sql line 3, column 24
--   3 | SELECT percentile_disc(1.5) WITHIN GROUP (ORDER BY price) FROM bids;
--     |                        ^
