CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
CREATE TABLE dept (id INT PRIMARY KEY, name TEXT, city TEXT);
SELECT 1 FROM emp e WHERE EXISTS (SELECT 1 FROM dept d WHERE d.idd = e.dept);
-- error:
-- error: column "idd" does not exist in table "d" -- 42703, subquery_unknown_column.sql line 3, column 62
--   3 | SELECT 1 FROM emp e WHERE EXISTS (SELECT 1 FROM dept d WHERE d.idd = e.dept);
--     |                                                              ^
-- hint: Did you mean "id"?
