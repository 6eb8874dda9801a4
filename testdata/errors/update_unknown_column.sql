CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
UPDATE emp SET nme = 'x';
-- error:
-- error: column "nme" does not exist in table "emp" -- 42703, update_unknown_column.sql line 2, column 16
--   2 | UPDATE emp SET nme = 'x';
--     |                ^
-- hint: Did you mean "name"?
