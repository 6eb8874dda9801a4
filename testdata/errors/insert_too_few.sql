CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
CREATE TABLE totals (auction BIGINT, n BIGINT, day DATE)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'totals', format = 'json');
INSERT INTO totals
SELECT auction, price FROM bids;
-- error:
-- error: INSERT has fewer expressions than target columns: 2 for the 3 of "totals" -- 42601, insert_too_few.sql line 6, column 1
--   6 | SELECT auction, price FROM bids;
--     | ^
-- hint: The columns are (auction, n, day).
