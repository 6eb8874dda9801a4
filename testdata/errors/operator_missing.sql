CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT name * 2 FROM emp;
-- error:
-- error: operator TEXT * INT does not exist -- 42883, operator_missing.sql line 2, column 13
--   2 | SELECT name * 2 FROM emp;
--     |             ^
-- hint: Cast one side: name::INT.
