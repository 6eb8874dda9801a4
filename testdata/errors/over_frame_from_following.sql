CREATE TABLE t (a INT, b TEXT, c TIMESTAMP, d DECIMAL(10,2)) WITH (connector = 'file', path = 't.json', format = 'json');
SELECT sum(a) OVER (ORDER BY a ROWS 1 FOLLOWING) FROM t;
-- error:
-- error: frame starting from following row cannot end with current row -- 42P20, over_frame_from_following.sql line 2, column 32
--   2 | SELECT sum(a) OVER (ORDER BY a ROWS 1 FOLLOWING) FROM t;
--     |                                ^
-- hint: Write the earlier bound first: BETWEEN 1 PRECEDING AND CURRENT ROW.
