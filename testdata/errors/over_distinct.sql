CREATE TABLE t (a INT, b TEXT, c TIMESTAMP, d DECIMAL(10,2)) WITH (connector = 'file', path = 't.json', format = 'json');
SELECT count(DISTINCT a) OVER () FROM t;
-- error:
-- error: DISTINCT in a window function is not supported -- 0A000, over_distinct.sql line 2, column 8
--   2 | SELECT count(DISTINCT a) OVER () FROM t;
--     |        ^
-- hint: Take the different rows in a derived table first.
