CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
UPDATE bids SET price = 1;
-- error:
-- error: UPDATE of a table of connector 'kafka' is not supported -- 0A000, update_topic.sql line 3, column 8
--   3 | UPDATE bids SET price = 1;
--     |        ^
-- hint: Write to it with INSERT INTO; where it has a primary key the rows are upserts.
