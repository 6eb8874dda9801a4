CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
CREATE TABLE dept (id INT PRIMARY KEY, name TEXT, city TEXT);
SELECT 1 FROM emp JOIN dept ON count(*) = dept.id;
-- error:
-- error: aggregate functions are not allowed in JOIN -- 42803, join_aggregate_in_on.sql line 3, column 32
--   3 | SELECT 1 FROM emp JOIN dept ON count(*) = dept.id;
--     |                                ^
-- hint: Use HAVING to filter groups, or compute the aggregate in a derived table first.
