CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
CREATE TABLE dept (id INT PRIMARY KEY, name TEXT, city TEXT);
SELECT hired FROM emp EXCEPT SELECT id FROM dept;
-- error:
-- error: EXCEPT types DATE and INT cannot be matched -- 42804, except_types.sql line 3, column 37
--   3 | SELECT hired FROM emp EXCEPT SELECT id FROM dept;
--     |                                     ^
-- hint: Cast one side.
