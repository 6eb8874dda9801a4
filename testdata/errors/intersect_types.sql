CREATE TABLE bids (auction BIGINT, price BIGINT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT auction FROM bids INTERSECT SELECT at FROM bids;
-- error:
-- error: INTERSECT types BIGINT and TIMESTAMP cannot be matched -- 42804, intersect_types.sql line 3, column 43
--   3 | SELECT auction FROM bids INTERSECT SELECT at FROM bids;
--     |                                           ^
-- hint: Cast one side.
