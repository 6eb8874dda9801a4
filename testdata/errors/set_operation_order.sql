CREATE TABLE t (a INT, b TEXT, c TIMESTAMP, d DECIMAL(10,2)) WITH (connector = 'file', path = 't.json', format = 'json');
SELECT a FROM t UNION SELECT 1 ORDER BY a + 1;
-- error:
-- error: invalid UNION/INTERSECT/EXCEPT ORDER BY clause -- 0A000, set_operation_order.sql line 2, column 43
--   2 | SELECT a FROM t UNION SELECT 1 ORDER BY a + 1;
--     |                                           ^
-- detail: Only result column names can be used, not expressions or functions.
-- hint: Add the expression to every SELECT, or move the set operation into a FROM clause.
