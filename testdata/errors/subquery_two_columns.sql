CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
CREATE TABLE dept (id INT PRIMARY KEY, name TEXT, city TEXT);
SELECT (SELECT id, name FROM dept) FROM emp;
-- error:
-- error: subquery must return only one column, not 2 -- 42601, subquery_two_columns.sql line 3, column 8
--   3 | SELECT (SELECT id, name FROM dept) FROM emp;
--     |        ^
