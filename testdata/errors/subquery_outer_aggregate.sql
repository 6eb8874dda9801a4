CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
CREATE TABLE dept (id INT PRIMARY KEY, name TEXT, city TEXT);
SELECT 1 FROM emp e WHERE (SELECT max(e.salary) FROM dept) > 1;
-- error:
-- error: aggregate functions are not allowed in WHERE -- 42803, subquery_outer_aggregate.sql line 3, column 35
--   3 | SELECT 1 FROM emp e WHERE (SELECT max(e.salary) FROM dept) > 1;
--     |                                   ^
-- hint: Use HAVING to filter groups, or compute the aggregate in a derived table first.
