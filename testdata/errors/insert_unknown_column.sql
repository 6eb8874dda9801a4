CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
CREATE TABLE totals (auction BIGINT, n BIGINT, day DATE)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'totals', format = 'json');
INSERT INTO totals (auction, m) SELECT auction, price FROM bids;
-- error:
-- error: column "m" does not exist in table "totals" -- 42703, insert_unknown_column.sql line 5, column 30
--   5 | INSERT INTO totals (auction, m) SELECT auction, price FROM bids;
--     |                              ^
-- hint: There are: auction, day, n.
