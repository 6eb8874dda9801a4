CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT name FROM emp GROUP BY 1.5;
-- error:
-- error: column "name" must appear in GROUP BY or be used in an aggregate function -- 42803, group_by_not_an_integer.sql line 2, column 8
--   2 | SELECT name FROM emp GROUP BY 1.5;
--     |        ^
-- hint: Add name to GROUP BY, or write an aggregate such as max(name).
