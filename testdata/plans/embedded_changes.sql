-- As a stream a table gives its changes, which a sink with the same key and a changelog take.
CREATE TABLE t (id BIGINT PRIMARY KEY, n INT);
CREATE TABLE copy (k BIGINT PRIMARY KEY, twice INT);
CREATE TABLE shown (id BIGINT, n INT) WITH (connector = 'print', format = 'changelog');
SET mode = stream;
INSERT INTO copy SELECT id, n * 2 FROM t WHERE n > 0;
INSERT INTO shown SELECT id, n FROM t;
-- plan:
-- Write  ×2
-- │     table: copy
-- │     connector: embedded
-- │     mode: upsert by (k)
-- └─ Project → hash by (k)  ×2
--    │     columns: [id AS k, n * 2 AS twice]
--    └─ Filter  ×2
--       │     where: n > 0
--       └─ Scan  ×2
--                table: t
--                connector: embedded
--                columns: [id, n]
-- (continuous)
-- Write  ×2
-- │     table: shown
-- │     connector: print
-- │     mode: changelog
-- └─ Scan  ×2
--          table: t
--          connector: embedded
--          columns: [id, n]
-- (continuous)
