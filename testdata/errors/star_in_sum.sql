CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT sum(*) FROM emp;
-- error:
-- error: sum(*) does not exist -- 42883, star_in_sum.sql line 2, column 8
--   2 | SELECT sum(*) FROM emp;
--     |        ^
-- hint: Name a column: sum(column).
