CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT x.* FROM emp;
-- error:
-- error: there is no table "x" in FROM -- 42P01, star_of_unknown_table.sql line 2, column 8
--   2 | SELECT x.* FROM emp;
--     |        ^
-- hint: There are: emp.
