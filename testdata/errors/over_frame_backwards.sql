CREATE TABLE t (a INT, b TEXT, c TIMESTAMP, d DECIMAL(10,2)) WITH (connector = 'file', path = 't.json', format = 'json');
SELECT sum(a) OVER (ORDER BY a ROWS BETWEEN CURRENT ROW AND 1 PRECEDING) FROM t;
-- error:
-- error: frame starting from current row cannot have preceding rows -- 42P20, over_frame_backwards.sql line 2, column 61
--   2 | SELECT sum(a) OVER (ORDER BY a ROWS BETWEEN CURRENT ROW AND 1 PRECEDING) FROM t;
--     |                                                             ^
-- hint: Write the earlier bound first: BETWEEN 1 PRECEDING AND CURRENT ROW.
