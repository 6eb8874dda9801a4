CREATE TABLE t (a INT, b TEXT, c TIMESTAMP, d DECIMAL(10,2)) WITH (connector = 'file', path = 't.json', format = 'json');
SELECT rank() OVER (w PARTITION BY b) FROM t WINDOW w AS (ORDER BY a);
-- error:
-- error: cannot override PARTITION BY clause of window "w" -- 42P20, over_partition_twice.sql line 2, column 36
--   2 | SELECT rank() OVER (w PARTITION BY b) FROM t WINDOW w AS (ORDER BY a);
--     |                                    ^
-- hint: Write the whole window out.
