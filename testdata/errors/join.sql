CREATE SOURCE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
CREATE SINK out (price BIGINT) WITH (connector = 'print');
INSERT INTO out SELECT a.price FROM bids AS a JOIN bids AS b ON a.auction = b.auction;
-- error:
-- error: a join with an unbounded input is not supported -- 0A000, join.sql line 4, column 52
--   4 | INSERT INTO out SELECT a.price FROM bids AS a JOIN bids AS b ON a.auction = b.auction;
--     |                                                    ^
-- hint: Run it with --mode batch, or give the source an end with scan.end = 'latest'.
