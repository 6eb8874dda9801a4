CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
CREATE VIEW emp AS SELECT 1;
-- error:
-- error: "emp" is not a view -- 42809, view_replaces_table.sql line 2, column 13
--   2 | CREATE VIEW emp AS SELECT 1;
--     |             ^
-- hint: It is a table: use DROP TABLE.
