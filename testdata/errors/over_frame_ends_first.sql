CREATE TABLE t (a INT, b TEXT, c TIMESTAMP, d DECIMAL(10,2)) WITH (connector = 'file', path = 't.json', format = 'json');
SELECT sum(a) OVER (ORDER BY a ROWS BETWEEN 1 PRECEDING AND UNBOUNDED PRECEDING) FROM t;
-- error:
-- error: frame end cannot be UNBOUNDED PRECEDING -- 42P20, over_frame_ends_first.sql line 2, column 61
--   2 | SELECT sum(a) OVER (ORDER BY a ROWS BETWEEN 1 PRECEDING AND UNBOUNDED PRECEDING) FROM t;
--     |                                                             ^
-- hint: Write the earlier bound first: BETWEEN 1 PRECEDING AND CURRENT ROW.
