CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
CREATE TABLE dept (id INT PRIMARY KEY, name TEXT, city TEXT);
SELECT 1 FROM emp WHERE id IN (SELECT id, name FROM dept);
-- error:
-- error: subquery has too many columns: 2 for 1 -- 42601, subquery_in_column_count.sql line 3, column 28
--   3 | SELECT 1 FROM emp WHERE id IN (SELECT id, name FROM dept);
--     |                            ^
