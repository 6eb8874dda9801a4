CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT id AS n FROM emp WHERE n = 1;
-- error:
-- error: column "n" does not exist in table "emp" -- 42703, alias_in_where.sql line 2, column 31
--   2 | SELECT id AS n FROM emp WHERE n = 1;
--     |                               ^
-- hint: There are: dept, hired, id, name, salary, tags.
