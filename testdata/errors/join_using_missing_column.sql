CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
CREATE TABLE dept (id INT PRIMARY KEY, name TEXT, city TEXT);
SELECT 1 FROM emp JOIN dept USING (nam);
-- error:
-- error: column "nam" specified in USING does not exist in the left table -- 42703, join_using_missing_column.sql line 3, column 36
--   3 | SELECT 1 FROM emp JOIN dept USING (nam);
--     |                                    ^
-- hint: Did you mean "name"?
