EXPLAIN (ANALYZE, FORMAT json) SELECT 1;
-- error:
-- error: EXPLAIN (FORMAT JSON) is not supported -- 0A000, explain_json.sql line 1, column 26
--   1 | EXPLAIN (ANALYZE, FORMAT json) SELECT 1;
--     |                          ^
-- hint: Leave it out: a plan is printed as text.
