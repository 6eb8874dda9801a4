CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
CREATE TABLE dept (id INT PRIMARY KEY, name TEXT, city TEXT);
SELECT 1 FROM emp WHERE (id, name) > ALL (SELECT id, name FROM dept);
-- error:
-- error: rows with <= ANY or ALL (query) is not supported -- 0A000, subquery_all_rows.sql line 3, column 36
--   3 | SELECT 1 FROM emp WHERE (id, name) > ALL (SELECT id, name FROM dept);
--     |                                    ^
-- hint: Compare with = ANY or IN, or column by column in EXISTS.
