CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT 1 FROM emp GROUP BY sum(salary);
-- error:
-- error: aggregate functions are not allowed in GROUP BY -- 42803, group_by_aggregate.sql line 2, column 28
--   2 | SELECT 1 FROM emp GROUP BY sum(salary);
--     |                            ^
-- hint: Use HAVING to filter groups, or compute the aggregate in a derived table first.
