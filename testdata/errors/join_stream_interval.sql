CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
CREATE TABLE totals (auction BIGINT, n BIGINT)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'totals', format = 'json');
INSERT INTO totals SELECT a.auction, b.price FROM bids a, bids b WHERE a.auction = b.auction AND b.at BETWEEN a.at AND a.at + INTERVAL '1' MINUTE;
-- error:
-- error: a join with an unbounded input is not supported -- 0A000, join_stream_interval.sql line 5, column 59
--   5 | INSERT INTO totals SELECT a.auction, b.price FROM bids a, bids b WHERE a.auction = b.auction AND b.at BETWEEN a.at AND a.at + INTERVAL '1' MINUTE;
--     |                                                           ^
-- hint: Run it with --mode batch, or give the source an end with scan.end = 'latest'.
