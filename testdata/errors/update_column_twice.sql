CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
UPDATE emp SET name = 'x', name = 'y';
-- error:
-- error: multiple assignments to same column "name" -- 42601, update_column_twice.sql line 2, column 28
--   2 | UPDATE emp SET name = 'x', name = 'y';
--     |                            ^
