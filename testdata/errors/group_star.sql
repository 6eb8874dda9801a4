CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT * FROM emp GROUP BY dept;
-- error:
-- error: * can't be used with GROUP BY or aggregates -- 42803, group_star.sql line 2, column 8
--   2 | SELECT * FROM emp GROUP BY dept;
--     |        ^
-- hint: Name the columns.
