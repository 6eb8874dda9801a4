CREATE TABLE t (k INT PRIMARY KEY, v INT);
CREATE MATERIALIZED VIEW v WITH (refresh = '1s') AS SELECT k FROM t;
-- error:
-- error: a materialized view has no option "refresh" -- 22023, materialized_view_option.sql line 2, column 34
--   2 | CREATE MATERIALIZED VIEW v WITH (refresh = '1s') AS SELECT k FROM t;
--     |                                  ^
-- hint: There are: freshness.
