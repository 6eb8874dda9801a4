CREATE TABLE t (a INT, b TEXT, c TIMESTAMP, d DECIMAL(10,2)) WITH (connector = 'file', path = 't.json', format = 'json');
SELECT sum(rank() OVER (ORDER BY a)) OVER () FROM t;
-- error:
-- error: window function calls cannot be nested -- 42P20, over_nested.sql line 2, column 12
--   2 | SELECT sum(rank() OVER (ORDER BY a)) OVER () FROM t;
--     |            ^
-- hint: Compute it in a derived table, and use its column here.
