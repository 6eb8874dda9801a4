CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT id FROM emp QUALIFY name;
-- error:
-- error: argument of QUALIFY must be BOOLEAN, not TEXT -- 42804, qualify_without_window.sql line 2, column 28
--   2 | SELECT id FROM emp QUALIFY name;
--     |                            ^
