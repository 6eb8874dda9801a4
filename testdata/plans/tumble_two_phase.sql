-- A window is aggregated by slice in the source's task and by key behind an exchange; only the columns read are decoded.
CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
CREATE TABLE totals (auction BIGINT, n BIGINT, day DATE)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'totals', format = 'json');
INSERT INTO totals (auction, n)
SELECT auction, count(*) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(at), INTERVAL '10' SECOND)) GROUP BY window_start, window_end, auction;
-- plan:
-- Write  ×2
-- │     table: totals
-- │     connector: kafka
-- │     mode: append
-- └─ Project  ×2
--    │     columns: [auction, count(*) AS n]
--    └─ WindowAggregate  ×2
--       │     window: tumble 10s
--       │     keys: [auction]
--       │     aggregates: [count AS count(*)]
--       │     emit: on window close
--       │     state: one row a key and slice of 10s, dropped when its last window closes
--       └─ PartialWindowAggregate → hash by (auction)  ×2
--          │     window: tumble 10s
--          │     time: at
--          │     keys: [auction]
--          │     aggregates: [count(*)]
--          └─ Project  ×2
--             │     columns: [at, auction]
--             └─ Scan  ×2
--                      table: bids
--                      connector: kafka
--                      columns: [auction, at]
--                      watermark: at - 5s, idle after 10s
-- (continuous)
