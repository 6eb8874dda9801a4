CREATE TABLE t (a INT, b TEXT, c TIMESTAMP, d DECIMAL(10,2)) WITH (connector = 'file', path = 't.json', format = 'json');
SELECT row_number() FROM t;
-- error:
-- error: window function row_number requires an OVER clause -- 42P20, over_without_over.sql line 2, column 8
--   2 | SELECT row_number() FROM t;
--     |        ^
-- hint: Write row_number(…) OVER (ORDER BY …).
