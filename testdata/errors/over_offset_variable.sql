CREATE TABLE t (a INT, b TEXT, c TIMESTAMP, d DECIMAL(10,2)) WITH (connector = 'file', path = 't.json', format = 'json');
SELECT sum(a) OVER (ORDER BY a ROWS a PRECEDING) FROM t;
-- error:
-- error: argument of ROWS must not contain variables -- 42P10, over_offset_variable.sql line 2, column 37
--   2 | SELECT sum(a) OVER (ORDER BY a ROWS a PRECEDING) FROM t;
--     |                                     ^
-- hint: Write a constant: a frame is the same for all rows.
