CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
CREATE TABLE dept (id INT PRIMARY KEY, name TEXT, city TEXT);
SELECT 1 FROM emp, (SELECT emp.id + 1 AS y) x;
-- error:
-- error: there is no table "emp" in FROM -- 42P01, join_without_lateral.sql line 3, column 28
--   3 | SELECT 1 FROM emp, (SELECT emp.id + 1 AS y) x;
--     |                            ^
-- hint: It is there on the left: write LATERAL in front of the parenthesis to read that.
