CREATE TABLE t (a INT, b TEXT, c TIMESTAMP, d DECIMAL(10,2)) WITH (connector = 'file', path = 't.json', format = 'json');
SELECT DISTINCT ON (b) a, b FROM t ORDER BY a, b;
-- error:
-- error: SELECT DISTINCT ON expressions must match initial ORDER BY expressions -- 42P10, distinct_on_order.sql line 2, column 45
--   2 | SELECT DISTINCT ON (b) a, b FROM t ORDER BY a, b;
--     |                                             ^
-- hint: Put the expressions of DISTINCT ON first in ORDER BY.
