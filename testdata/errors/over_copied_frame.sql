CREATE TABLE t (a INT, b TEXT, c TIMESTAMP, d DECIMAL(10,2)) WITH (connector = 'file', path = 't.json', format = 'json');
SELECT sum(a) OVER (w ORDER BY b) FROM t WINDOW w AS (PARTITION BY a ROWS 1 PRECEDING);
-- error:
-- error: cannot copy window "w" because it has a frame clause -- 42P20, over_copied_frame.sql line 2, column 20
--   2 | SELECT sum(a) OVER (w ORDER BY b) FROM t WINDOW w AS (PARTITION BY a ROWS 1 PRECEDING);
--     |                    ^
-- hint: Write the whole window out, or move the frame from the WINDOW clause into OVER.
