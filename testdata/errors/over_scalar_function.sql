CREATE TABLE t (a INT, b TEXT, c TIMESTAMP, d DECIMAL(10,2)) WITH (connector = 'file', path = 't.json', format = 'json');
SELECT lower(b) OVER (ORDER BY a) FROM t;
-- error:
-- error: OVER specified, but lower is not a window function nor an aggregate function -- 42809, over_scalar_function.sql line 2, column 8
--   2 | SELECT lower(b) OVER (ORDER BY a) FROM t;
--     |        ^
-- hint: Leave OVER out.
