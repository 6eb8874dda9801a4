CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT lag(id, 1, 'x') OVER (ORDER BY id) FROM emp;
-- error:
-- error: invalid input syntax for type INT: "x" -- 22P02, lag_types.sql line 2, column 19
--   2 | SELECT lag(id, 1, 'x') OVER (ORDER BY id) FROM emp;
--     |                   ^
