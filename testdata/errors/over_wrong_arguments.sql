CREATE TABLE t (a INT, b TEXT, c TIMESTAMP, d DECIMAL(10,2)) WITH (connector = 'file', path = 't.json', format = 'json');
SELECT lag(a, 'x') OVER (ORDER BY a) FROM t;
-- error:
-- error: invalid input syntax for type INT: "x" -- 22P02, over_wrong_arguments.sql line 2, column 15
--   2 | SELECT lag(a, 'x') OVER (ORDER BY a) FROM t;
--     |               ^
