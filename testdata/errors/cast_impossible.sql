CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT hired::boolean FROM emp;
-- error:
-- error: cannot cast type DATE to BOOLEAN -- 42846, cast_impossible.sql line 2, column 13
--   2 | SELECT hired::boolean FROM emp;
--     |             ^
