CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
CREATE TABLE dept (id INT PRIMARY KEY, name TEXT, city TEXT);
SELECT id FROM emp UNION SELECT name FROM dept;
-- error:
-- error: UNION types INT and TEXT cannot be matched -- 42804, union_types.sql line 3, column 33
--   3 | SELECT id FROM emp UNION SELECT name FROM dept;
--     |                                 ^
-- hint: Cast one side.
