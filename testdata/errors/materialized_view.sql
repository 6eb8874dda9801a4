CREATE MATERIALIZED VIEW v AS SELECT 1 AS a;
-- error:
-- error: CREATE MATERIALIZED VIEW is not supported -- 0A000, materialized_view.sql line 1, column 1
--   1 | CREATE MATERIALIZED VIEW v AS SELECT 1 AS a;
--     | ^
-- hint: Write INSERT INTO a table that keeps the rows.
