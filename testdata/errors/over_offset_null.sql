CREATE TABLE t (a INT, b TEXT, c TIMESTAMP, d DECIMAL(10,2)) WITH (connector = 'file', path = 't.json', format = 'json');
SELECT sum(a) OVER (ORDER BY a ROWS BETWEEN 1 PRECEDING AND NULL FOLLOWING) FROM t;
-- error:
-- error: frame ending offset must not be null -- 22004, over_offset_null.sql line 2, column 61
--   2 | SELECT sum(a) OVER (ORDER BY a ROWS BETWEEN 1 PRECEDING AND NULL FOLLOWING) FROM t;
--     |                                                             ^
