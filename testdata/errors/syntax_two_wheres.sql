CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT 1 FROM emp WHERE id = 1 WHERE id = 2;
-- error:
-- error: syntax error at or near "WHERE" -- 42601, syntax_two_wheres.sql line 2, column 32
--   2 | SELECT 1 FROM emp WHERE id = 1 WHERE id = 2;
--     |                                ^
-- hint: WHERE is a keyword: quote it if it is a name.
