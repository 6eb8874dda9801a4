CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT (name).first FROM emp;
-- error:
-- error: name is TEXT and has no field "first" -- 42804, field_of_text.sql line 2, column 15
--   2 | SELECT (name).first FROM emp;
--     |               ^
-- hint: Only a ROW has fields.
