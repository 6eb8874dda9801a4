CREATE TABLE totals (auction BIGINT, n BIGINT, day DATE)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'totals', format = 'json', delivery = 'exactly-once');
CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
INSERT INTO totals (auction, n) SELECT auction, price FROM bids;
-- error:
-- error: writing to Kafka exactly once is not supported -- 0A000, exactly_once.sql line 2, column 102
--   2 | WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'totals', format = 'json', delivery = 'exactly-once');
--     |                                                                                                      ^
-- hint: Use delivery = 'at-least-once': after a crash some rows are written twice, which a table with a primary key, such as one of Cassandra, does not show.
