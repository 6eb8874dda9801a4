CREATE TABLE t (k INT PRIMARY KEY, v INT);
CREATE MATERIALIZED VIEW v AS SELECT k, v FROM t ORDER BY v LIMIT 3;
-- error:
-- error: LIMIT or OFFSET in a query whose changes are followed is not supported -- 0A000, materialized_view.sql line 2, column 67
--   2 | CREATE MATERIALIZED VIEW v AS SELECT k, v FROM t ORDER BY v LIMIT 3;
--     |                                                                   ^
-- hint: Keep materialized views of the parts below it, and do this in the query that reads them.
