CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SUBSCRIBE TO bids;
-- error:
-- error: "bids" is neither a materialized view nor a table that millrace keeps -- 42809, subscribe_kafka.sql line 3, column 14
--   3 | SUBSCRIBE TO bids;
--     |              ^
-- hint: Write SELECT … FROM bids EMIT CHANGES.
