CREATE TABLE t (k INT PRIMARY KEY, v INT);
CREATE MATERIALIZED VIEW v AS SELECT k FROM t;
DROP TABLE t;
-- error:
-- error: cannot drop "t" because other objects depend on it -- 2BP01, drop_used_by_view.sql line 3, column 12
--   3 | DROP TABLE t;
--     |            ^
-- detail: materialized view "v" depends on it.
-- hint: Use DROP … CASCADE to drop the dependent objects too.
