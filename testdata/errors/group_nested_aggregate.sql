CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT sum(count(*)) FROM emp;
-- error:
-- error: aggregate function calls cannot be nested -- 42803, group_nested_aggregate.sql line 2, column 12
--   2 | SELECT sum(count(*)) FROM emp;
--     |            ^
-- hint: Compute count in a derived table first.
