CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
CREATE TABLE totals (auction BIGINT, n BIGINT)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'totals', format = 'json');
INSERT INTO totals SELECT auction, price FROM bids INTERSECT SELECT bidder, price FROM bids;
-- error:
-- error: INTERSECT over an unbounded input is not supported -- 0A000, intersect_stream.sql line 5, column 20
--   5 | INSERT INTO totals SELECT auction, price FROM bids INTERSECT SELECT bidder, price FROM bids;
--     |                    ^
-- hint: Tell the rows apart with WHERE; or run it with --mode batch, or give the source an end with scan.end = 'latest'.
