CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT 1 FROM emp WHERE id LIKE '1%';
-- error:
-- error: operator INT LIKE unknown does not exist -- 42883, like_number.sql line 2, column 28
--   2 | SELECT 1 FROM emp WHERE id LIKE '1%';
--     |                            ^
-- hint: Cast one side so that both are of one type, as in x::INT.
