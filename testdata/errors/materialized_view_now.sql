CREATE TABLE t (k INT PRIMARY KEY, at TIMESTAMP);
CREATE MATERIALIZED VIEW v AS SELECT k FROM t WHERE at > now() - INTERVAL '1 hour';
-- error:
-- error: at > (now() - INTERVAL '01:00:00') in a materialized view is not supported -- 0A000, materialized_view_now.sql line 2, column 56
--   2 | CREATE MATERIALIZED VIEW v AS SELECT k FROM t WHERE at > now() - INTERVAL '1 hour';
--     |                                                        ^
-- hint: It is another each time: compute it in the query that reads the view.
