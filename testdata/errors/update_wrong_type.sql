CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
UPDATE emp SET hired = 5;
-- error:
-- error: column "hired" of "emp" is DATE but the query gives INT -- 42804, update_wrong_type.sql line 2, column 24
--   2 | UPDATE emp SET hired = 5;
--     |                        ^
-- hint: Write CAST(… AS DATE).
