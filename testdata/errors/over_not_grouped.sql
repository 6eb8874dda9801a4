CREATE TABLE t (a INT, b TEXT, c TIMESTAMP, d DECIMAL(10,2)) WITH (connector = 'file', path = 't.json', format = 'json');
SELECT b, rank() OVER (ORDER BY a) FROM t GROUP BY b;
-- error:
-- error: column "a" must appear in GROUP BY or be used in an aggregate function -- 42803, over_not_grouped.sql line 2, column 33
--   2 | SELECT b, rank() OVER (ORDER BY a) FROM t GROUP BY b;
--     |                                 ^
-- hint: Add a to GROUP BY, or write an aggregate such as max(a).
