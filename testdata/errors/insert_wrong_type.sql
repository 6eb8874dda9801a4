CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
CREATE TABLE totals (auction BIGINT, n BIGINT, day DATE)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'totals', format = 'json');
INSERT INTO totals
SELECT auction, price, channel FROM bids;
-- error:
-- error: column "day" of "totals" is DATE but the query gives TEXT -- 42804, insert_wrong_type.sql line 6, column 24
--   6 | SELECT auction, price, channel FROM bids;
--     |                        ^
-- hint: Write CAST(channel AS DATE).
