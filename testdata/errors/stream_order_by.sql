CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
CREATE TABLE totals (auction BIGINT, n BIGINT, day DATE)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'totals', format = 'json');
INSERT INTO totals (auction, n) SELECT auction, price FROM bids ORDER BY price;
-- error:
-- error: ORDER BY over an unbounded input is not supported -- 0A000, stream_order_by.sql line 5, column 74
--   5 | INSERT INTO totals (auction, n) SELECT auction, price FROM bids ORDER BY price;
--     |                                                                          ^
-- hint: Leave it out; or run it with --mode batch, or give the source an end with scan.end = 'latest'.
