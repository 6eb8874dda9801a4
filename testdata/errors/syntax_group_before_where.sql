CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT dept FROM emp GROUP BY dept WHERE id = 1;
-- error:
-- error: syntax error at or near "WHERE" -- 42601, syntax_group_before_where.sql line 2, column 36
--   2 | SELECT dept FROM emp GROUP BY dept WHERE id = 1;
--     |                                    ^
-- hint: WHERE is a keyword: quote it if it is a name.
