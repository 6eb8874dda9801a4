CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
CREATE TABLE best (auction BIGINT, day DATE, price BIGINT, PRIMARY KEY (auction, day)) WITH (connector = 'cassandra', hosts = 'h', keyspace = 'k');
INSERT INTO best (auction, price) SELECT auction, price FROM bids;
-- error:
-- error: primary key column "day" of "best" is not written -- 23502, primary_key_not_written.sql line 4, column 1
--   4 | INSERT INTO best (auction, price) SELECT auction, price FROM bids;
--     | ^
-- hint: Give every column of the primary key a value.
