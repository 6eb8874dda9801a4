CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT 1 FROM emp WHERE hired IN (1, 2);
-- error:
-- error: operator DATE = INT does not exist -- 42883, in_types.sql line 2, column 31
--   2 | SELECT 1 FROM emp WHERE hired IN (1, 2);
--     |                               ^
-- hint: Cast one side so that both are of one type, as in x::DATE.
