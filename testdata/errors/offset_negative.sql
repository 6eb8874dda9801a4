CREATE TABLE t (a INT, b TEXT, c TIMESTAMP, d DECIMAL(10,2)) WITH (connector = 'file', path = 't.json', format = 'json');
SELECT a FROM t LIMIT 1 OFFSET -1;
-- error:
-- error: OFFSET must not be negative -- 2201X, offset_negative.sql line 2, column 32
--   2 | SELECT a FROM t LIMIT 1 OFFSET -1;
--     |                                ^
