-- Unnesting keeps nothing between rows, so a stream has it; a column that nothing reads is not read.
CREATE TABLE orders (id BIGINT, tags TEXT, note TEXT, at TIMESTAMP) WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'orders', format = 'json');
CREATE TABLE tagged (id BIGINT, tag TEXT) WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'tagged', format = 'json');
INSERT INTO tagged SELECT o.id, t.tag FROM orders o, string_to_table(o.tags, ',') AS t (tag) WHERE o.id > 7 AND t.tag <> '';
-- plan:
-- Write  ×2
-- │     table: tagged
-- │     connector: kafka
-- │     mode: append
-- └─ Project  ×2
--    │     columns: [id, tag]
--    └─ Filter  ×2
--       │     where: tag <> ''
--       └─ Unnest  ×2
--          │     functions: [string_to_table(tags, ',')]
--          └─ Filter  ×2
--             │     where: id > 7
--             └─ Scan  ×2
--                      table: orders
--                      connector: kafka
--                      columns: [id, tags]
-- (continuous)
