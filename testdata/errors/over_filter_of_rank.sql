CREATE TABLE t (a INT, b TEXT, c TIMESTAMP, d DECIMAL(10,2)) WITH (connector = 'file', path = 't.json', format = 'json');
SELECT rank() FILTER (WHERE a > 1) OVER (ORDER BY a) FROM t;
-- error:
-- error: FILTER for a window function that is no aggregate is not supported -- 0A000, over_filter_of_rank.sql line 2, column 31
--   2 | SELECT rank() FILTER (WHERE a > 1) OVER (ORDER BY a) FROM t;
--     |                               ^
-- hint: Filter in a derived table, or use CASE in the argument.
