CREATE TABLE t (a INT, b TEXT, c TIMESTAMP, d DECIMAL(10,2)) WITH (connector = 'file', path = 't.json', format = 'json');
SELECT sum(a) OVER (ORDER BY a ROWS BETWEEN -1 PRECEDING AND CURRENT ROW) FROM t;
-- error:
-- error: frame starting offset must not be negative -- 22013, over_offset_negative.sql line 2, column 45
--   2 | SELECT sum(a) OVER (ORDER BY a ROWS BETWEEN -1 PRECEDING AND CURRENT ROW) FROM t;
--     |                                             ^
-- hint: PRECEDING and FOLLOWING say in which direction.
