CREATE TABLE t (a INT, b TEXT, c TIMESTAMP, d DECIMAL(10,2)) WITH (connector = 'file', path = 't.json', format = 'json');
SELECT a FROM t WINDOW w AS (ORDER BY a), w AS (ORDER BY b);
-- error:
-- error: window "w" is already defined -- 42P20, over_window_twice.sql line 2, column 43
--   2 | SELECT a FROM t WINDOW w AS (ORDER BY a), w AS (ORDER BY b);
--     |                                           ^
-- hint: Give it another name.
