CREATE TABLE t (a INT, b TEXT, c TIMESTAMP, d DECIMAL(10,2)) WITH (connector = 'file', path = 't.json', format = 'json');
SELECT a FROM t LIMIT -1;
-- error:
-- error: LIMIT must not be negative -- 2201W, limit_negative.sql line 2, column 23
--   2 | SELECT a FROM t LIMIT -1;
--     |                       ^
