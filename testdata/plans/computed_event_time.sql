-- Event time may be computed; only what it needs is read.
CREATE TABLE bids (auction BIGINT, price BIGINT, ms BIGINT, at AS to_timestamp_ms(ms), WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
CREATE TABLE totals (auction BIGINT, n BIGINT, day DATE)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'totals', format = 'json');
INSERT INTO totals (n) SELECT sum(price % 2) FROM TUMBLE(bids, at, INTERVAL '10 seconds') GROUP BY window_start;
-- plan:
-- Write
-- │     table: totals
-- │     connector: kafka
-- │     mode: append
-- └─ Project
--    │     columns: [CAST(sum(price % 2) AS BIGINT) AS n]
--    └─ WindowAggregate
--       │     window: tumble 10s
--       │     keys: []
--       │     aggregates: [sum AS sum(price % 2)]
--       │     emit: on window close
--       │     state: one row a key and slice of 10s, dropped when its last window closes
--       └─ PartialWindowAggregate → gather  ×2
--          │     window: tumble 10s
--          │     time: at
--          │     keys: []
--          │     aggregates: [sum(price % 2)]
--          └─ Project  ×2
--             │     columns: [at, price % 2]
--             └─ Scan  ×2
--                      table: bids
--                      connector: kafka
--                      columns: [price, ms]
--                      computed: at = to_timestamp_ms(ms)
--                      watermark: at - 5s, idle after 10s
-- (continuous)
