-- An order with a limit keeps N rows.
CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT auction, price FROM bids ORDER BY price DESC LIMIT 3;
-- plan:
-- Return
-- │     mode: append
-- └─ TopN
--    │     by: price DESC NULLS FIRST
--    │     rows: 3
--    └─ Scan → gather  ×2
--             table: bids
--             connector: kafka
--             columns: [auction, price]
--             bounded: true
-- (bounded: it ends by itself)
