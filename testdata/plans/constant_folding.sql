-- What depends on no column is computed while planning; a condition that is always true is gone.
CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT price * (60 * 60) AS p FROM bids WHERE 1 + 1 = 2;
-- plan:
-- Return
-- │     mode: append
-- └─ Project → gather  ×2
--    │     columns: [price * 3600 AS p]
--    └─ Scan  ×2
--             table: bids
--             connector: kafka
--             columns: [price]
--             bounded: true
-- (bounded: it ends by itself)
