CREATE TABLE t (a INT, b TEXT, c TIMESTAMP, d DECIMAL(10,2)) WITH (connector = 'file', path = 't.json', format = 'json');
SELECT rank() OVER wn FROM t WINDOW wm AS (ORDER BY a);
-- error:
-- error: window "wn" does not exist -- 42704, over_unknown_window.sql line 2, column 15
--   2 | SELECT rank() OVER wn FROM t WINDOW wm AS (ORDER BY a);
--     |               ^
-- hint: Did you mean "wm"?
