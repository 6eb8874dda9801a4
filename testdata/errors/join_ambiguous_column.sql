CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
CREATE TABLE dept (id INT PRIMARY KEY, name TEXT, city TEXT);
SELECT name FROM emp JOIN dept ON emp.dept = dept.id;
-- error:
-- error: column "name" is ambiguous -- 42702, join_ambiguous_column.sql line 3, column 8
--   3 | SELECT name FROM emp JOIN dept ON emp.dept = dept.id;
--     |        ^
-- hint: Write it as "emp.name" or "dept.name".
