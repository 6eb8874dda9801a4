CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT percentile_cont(TRUE) WITHIN GROUP (ORDER BY price) FROM bids;
-- error:
-- error: the fraction of percentile_cont must be a number, or ARRAY[…] of such, not BOOLEAN -- 42804, aggregate_fraction_text.sql line 3, column 24
--   3 | SELECT percentile_cont(TRUE) WITHIN GROUP (ORDER BY price) FROM bids;
--     |                        ^
