-- A snapshot needs no window.
CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT channel, count(*), avg(price) FROM bids GROUP BY channel HAVING count(*) > 2 AND channel <> 'x';
-- plan:
-- Return
-- │     mode: append
-- └─ Project → gather  ×2
--    │     columns: [channel, count(*) AS count, avg(price) AS avg]
--    └─ Filter  ×2
--       │     where: count(*) > 2
--       └─ FinalAggregate  ×2
--          │     keys: [channel]
--          │     aggregates: [count(*), avg(price)]
--          └─ PartialAggregate → hash by (channel)  ×2
--             │     keys: [channel]
--             │     aggregates: [count(*), avg(price)]
--             └─ Project  ×2
--                │     columns: [channel, price]
--                └─ Filter  ×2
--                   │     where: channel <> 'x'
--                   └─ Scan  ×2
--                            table: bids
--                            connector: kafka
--                            columns: [price, channel]
--                            bounded: true
-- (bounded: it ends by itself)
