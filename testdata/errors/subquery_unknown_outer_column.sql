CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
CREATE TABLE dept (id INT PRIMARY KEY, name TEXT, city TEXT);
SELECT 1 FROM emp e WHERE EXISTS (SELECT 1 FROM dept d WHERE d.id = e.dep);
-- error:
-- error: column "dep" does not exist in table "e" -- 42703, subquery_unknown_outer_column.sql line 3, column 69
--   3 | SELECT 1 FROM emp e WHERE EXISTS (SELECT 1 FROM dept d WHERE d.id = e.dep);
--     |                                                                     ^
-- hint: Did you mean "dept"?
