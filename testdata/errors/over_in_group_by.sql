CREATE TABLE t (a INT, b TEXT, c TIMESTAMP, d DECIMAL(10,2)) WITH (connector = 'file', path = 't.json', format = 'json');
SELECT count(*) FROM t GROUP BY ntile(3) OVER (ORDER BY a);
-- error:
-- error: window functions are not allowed in GROUP BY -- 42P20, over_in_group_by.sql line 2, column 33
--   2 | SELECT count(*) FROM t GROUP BY ntile(3) OVER (ORDER BY a);
--     |                                 ^
-- hint: Compute it in a derived table, and use its column here.
