CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
CREATE TABLE dept (id INT PRIMARY KEY, name TEXT, city TEXT);
SELECT 1 FROM emp e JOIN dept d ON emp.dept = d.id;
-- error:
-- error: there is no table "emp" in FROM -- 42P01, join_on_unknown_table.sql line 3, column 36
--   3 | SELECT 1 FROM emp e JOIN dept d ON emp.dept = d.id;
--     |                                    ^
-- hint: There are: d, e.
