CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT DISTINCT name FROM emp ORDER BY salary;
-- error:
-- error: for SELECT DISTINCT, ORDER BY expressions must appear in the select list -- 42P10, distinct_order_by_other.sql line 2, column 40
--   2 | SELECT DISTINCT name FROM emp ORDER BY salary;
--     |                                        ^
