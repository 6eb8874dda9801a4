CREATE TABLE t (a INT, b TEXT, c TIMESTAMP, d DECIMAL(10,2)) WITH (connector = 'file', path = 't.json', format = 'json');
SELECT a FROM t WHERE row_number() OVER (ORDER BY a) = 1;
-- error:
-- error: window functions are not allowed in WHERE -- 42P20, over_in_where.sql line 2, column 23
--   2 | SELECT a FROM t WHERE row_number() OVER (ORDER BY a) = 1;
--     |                       ^
-- hint: Use QUALIFY to filter by a window function, or compute it in a derived table.
