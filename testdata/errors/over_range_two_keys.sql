CREATE TABLE t (a INT, b TEXT, c TIMESTAMP, d DECIMAL(10,2)) WITH (connector = 'file', path = 't.json', format = 'json');
SELECT sum(a) OVER (ORDER BY a, b RANGE 1 PRECEDING) FROM t;
-- error:
-- error: RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column -- 42P20, over_range_two_keys.sql line 2, column 35
--   2 | SELECT sum(a) OVER (ORDER BY a, b RANGE 1 PRECEDING) FROM t;
--     |                                   ^
-- hint: Order by the one column that the offset is counted in, or use ROWS or GROUPS.
