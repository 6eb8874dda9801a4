CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
CREATE TABLE dept (id INT PRIMARY KEY, name TEXT, city TEXT);
SELECT 1 FROM emp JOIN dept d1 ON true JOIN dept d2 USING (name);
-- error:
-- error: common column name "name" appears more than once in the left table -- 42702, join_using_ambiguous.sql line 3, column 60
--   3 | SELECT 1 FROM emp JOIN dept d1 ON true JOIN dept d2 USING (name);
--     |                                                            ^
