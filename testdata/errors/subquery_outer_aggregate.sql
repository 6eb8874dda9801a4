CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
CREATE TABLE dept (id INT PRIMARY KEY, name TEXT, city TEXT);
SELECT (SELECT max(e.salary) FROM dept) FROM emp e;
-- error:
-- error: max of the outer query's columns in a subquery is not supported -- 0A000, subquery_outer_aggregate.sql line 3, column 16
--   3 | SELECT (SELECT max(e.salary) FROM dept) FROM emp e;
--     |                ^
-- hint: Compute it in the outer query, or in a derived table of it.
