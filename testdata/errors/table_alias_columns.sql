CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT 1 FROM emp AS e (a, b, c, d, e, f, g);
-- error:
-- error: "e" has 6 columns but 7 names are given -- 42601, table_alias_columns.sql line 2, column 43
--   2 | SELECT 1 FROM emp AS e (a, b, c, d, e, f, g);
--     |                                           ^
