CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT CASE WHEN id THEN 1 END FROM emp;
-- error:
-- error: argument of CASE/WHEN must be type BOOLEAN, not type INT -- 42804, case_condition.sql line 2, column 18
--   2 | SELECT CASE WHEN id THEN 1 END FROM emp;
--     |                  ^
-- hint: Write a comparison, as in WHEN x = 1.
