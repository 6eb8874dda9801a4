CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT 1 FROM emp LIMIT id;
-- error:
-- error: argument of LIMIT must not contain variables -- 42P10, limit_column.sql line 2, column 25
--   2 | SELECT 1 FROM emp LIMIT id;
--     |                         ^
-- hint: Number the rows with row_number() OVER (…), and compare that with the column in QUALIFY.
