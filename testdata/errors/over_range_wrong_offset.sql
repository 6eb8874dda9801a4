CREATE TABLE t (a INT, b TEXT, c TIMESTAMP, d DECIMAL(10,2)) WITH (connector = 'file', path = 't.json', format = 'json');
SELECT sum(a) OVER (ORDER BY c RANGE 1 PRECEDING) FROM t;
-- error:
-- error: argument of RANGE must be INTERVAL, not INT -- 42804, over_range_wrong_offset.sql line 2, column 38
--   2 | SELECT sum(a) OVER (ORDER BY c RANGE 1 PRECEDING) FROM t;
--     |                                      ^
