CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT id, FROM emp;
-- error:
-- error: syntax error at or near "FROM" -- 42601, syntax_trailing_comma.sql line 2, column 12
--   2 | SELECT id, FROM emp;
--     |            ^
-- hint: FROM is a keyword: quote it if it is a name.
