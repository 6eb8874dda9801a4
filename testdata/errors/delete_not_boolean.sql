CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
DELETE FROM emp WHERE id;
-- error:
-- error: argument of WHERE must be BOOLEAN, not INT -- 42804, delete_not_boolean.sql line 2, column 23
--   2 | DELETE FROM emp WHERE id;
--     |                       ^
