CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
CREATE TABLE dept (id INT PRIMARY KEY, name TEXT, city TEXT);
SELECT id FROM emp UNION SELECT id, name FROM dept;
-- error:
-- error: each UNION query must have the same number of columns: 1 and 2 -- 42601, union_column_count.sql line 3, column 26
--   3 | SELECT id FROM emp UNION SELECT id, name FROM dept;
--     |                          ^
