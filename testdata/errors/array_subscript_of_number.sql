CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT id[1] FROM emp;
-- error:
-- error: operator INT[INT] does not exist -- 42883, array_subscript_of_number.sql line 2, column 10
--   2 | SELECT id[1] FROM emp;
--     |          ^
-- hint: Cast one side so that both are of one type, as in x::INT.
