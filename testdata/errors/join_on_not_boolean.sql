CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
CREATE TABLE dept (id INT PRIMARY KEY, name TEXT, city TEXT);
SELECT 1 FROM emp JOIN dept ON emp.dept + dept.id;
-- error:
-- error: argument of JOIN must be BOOLEAN, not INT -- 42804, join_on_not_boolean.sql line 3, column 41
--   3 | SELECT 1 FROM emp JOIN dept ON emp.dept + dept.id;
--     |                                         ^
