CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT a.auction FROM bids AS a JOIN bids AS b ON a.auction = b.auction EMIT CHANGES;
-- error:
-- error: a join, or a subquery that is one, in a query whose changes are followed is not supported -- 0A000, emit_changes.sql line 3, column 38
--   3 | SELECT a.auction FROM bids AS a JOIN bids AS b ON a.auction = b.auction EMIT CHANGES;
--     |                                      ^
-- hint: Keep materialized views of the parts below it, and do this in the query that reads them.
