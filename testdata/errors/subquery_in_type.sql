CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
CREATE TABLE dept (id INT PRIMARY KEY, name TEXT, city TEXT);
SELECT 1 FROM emp WHERE hired IN (SELECT city::int FROM dept);
-- error:
-- error: operator DATE = INT does not exist -- 42883, subquery_in_type.sql line 3, column 31
--   3 | SELECT 1 FROM emp WHERE hired IN (SELECT city::int FROM dept);
--     |                               ^
-- hint: Cast one side so that both are of one type, as in x::DATE.
