CREATE TABLE t (a INT, b TEXT, c TIMESTAMP, d DECIMAL(10,2)) WITH (connector = 'file', path = 't.json', format = 'json');
SELECT a FROM t LIMIT b;
-- error:
-- error: argument of LIMIT must not contain variables -- 42P10, limit_variable.sql line 2, column 23
--   2 | SELECT a FROM t LIMIT b;
--     |                       ^
-- hint: Number the rows with row_number() OVER (…), and compare that with the column in QUALIFY.
