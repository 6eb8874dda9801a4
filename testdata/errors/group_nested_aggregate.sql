CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT sum(count(*)) FROM emp;
-- error:
-- error: aggregate functions are not allowed in another aggregate function -- 42803, group_nested_aggregate.sql line 2, column 12
--   2 | SELECT sum(count(*)) FROM emp;
--     |            ^
-- hint: Use HAVING to filter groups, or compute the aggregate in a derived table first.
