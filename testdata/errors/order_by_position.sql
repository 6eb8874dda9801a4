CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT id FROM emp ORDER BY 2;
-- error:
-- error: ORDER BY position 2 is not in the select list -- 42P10, order_by_position.sql line 2, column 29
--   2 | SELECT id FROM emp ORDER BY 2;
--     |                             ^
-- hint: The select list has 1 columns.
