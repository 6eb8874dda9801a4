CREATE TABLE t (a INT, b TEXT, c TIMESTAMP, d DECIMAL(10,2)) WITH (connector = 'file', path = 't.json', format = 'json');
SELECT sum(a) OVER (ORDER BY b RANGE 1 PRECEDING) FROM t;
-- error:
-- error: RANGE with offset PRECEDING/FOLLOWING is not supported for column type TEXT -- 0A000, over_range_text.sql line 2, column 38
--   2 | SELECT sum(a) OVER (ORDER BY b RANGE 1 PRECEDING) FROM t;
--     |                                      ^
-- hint: Use ROWS or GROUPS, or order by a number or a time.
