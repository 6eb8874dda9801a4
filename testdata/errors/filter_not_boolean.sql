CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT count(*) FILTER (WHERE id) FROM emp;
-- error:
-- error: argument of FILTER must be BOOLEAN, not INT -- 42804, filter_not_boolean.sql line 2, column 31
--   2 | SELECT count(*) FILTER (WHERE id) FROM emp;
--     |                               ^
