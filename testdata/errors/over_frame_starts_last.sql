CREATE TABLE t (a INT, b TEXT, c TIMESTAMP, d DECIMAL(10,2)) WITH (connector = 'file', path = 't.json', format = 'json');
SELECT sum(a) OVER (ORDER BY a ROWS BETWEEN UNBOUNDED FOLLOWING AND CURRENT ROW) FROM t;
-- error:
-- error: frame start cannot be UNBOUNDED FOLLOWING -- 42P20, over_frame_starts_last.sql line 2, column 45
--   2 | SELECT sum(a) OVER (ORDER BY a ROWS BETWEEN UNBOUNDED FOLLOWING AND CURRENT ROW) FROM t;
--     |                                             ^
-- hint: Write the earlier bound first: BETWEEN 1 PRECEDING AND CURRENT ROW.
