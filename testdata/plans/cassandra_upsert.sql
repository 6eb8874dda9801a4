-- Rows of a key keep their order on the way to a table with a primary key.
CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
CREATE TABLE best (auction BIGINT, price BIGINT, PRIMARY KEY (auction)) WITH (connector = 'cassandra', hosts = 'localhost', keyspace = 'k', password = 'secret', username = 'u');
INSERT INTO best SELECT auction, price FROM bids;
-- plan:
-- Write  ×2
-- │     table: best
-- │     connector: cassandra
-- │     mode: upsert by (auction)
-- └─ Scan → hash by (auction)  ×2
--          table: bids
--          connector: kafka
--          columns: [auction, price]
-- (continuous)
