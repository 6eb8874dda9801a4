CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT 1 FROM emp WHERE id AND name = 'x';
-- error:
-- error: argument of AND must be type BOOLEAN, not type INT -- 42804, and_of_numbers.sql line 2, column 25
--   2 | SELECT 1 FROM emp WHERE id AND name = 'x';
--     |                         ^
-- hint: Write a comparison, as in x <> 0.
