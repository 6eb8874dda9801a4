CREATE TABLE t (a INT, b TEXT, c TIMESTAMP, d DECIMAL(10,2)) WITH (connector = 'file', path = 't.json', format = 'json');
SELECT a FROM t LIMIT b;
-- error:
-- error: column "b" does not exist -- 42703, limit_variable.sql line 2, column 23
--   2 | SELECT a FROM t LIMIT b;
--     |                       ^
