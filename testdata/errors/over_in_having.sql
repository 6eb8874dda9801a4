CREATE TABLE t (a INT, b TEXT, c TIMESTAMP, d DECIMAL(10,2)) WITH (connector = 'file', path = 't.json', format = 'json');
SELECT b, count(*) FROM t GROUP BY b HAVING rank() OVER (ORDER BY count(*)) < 3;
-- error:
-- error: window functions are not allowed in HAVING -- 42P20, over_in_having.sql line 2, column 45
--   2 | SELECT b, count(*) FROM t GROUP BY b HAVING rank() OVER (ORDER BY count(*)) < 3;
--     |                                             ^
-- hint: Use QUALIFY to filter by a window function, or compute it in a derived table.
