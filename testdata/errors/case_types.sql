CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT CASE WHEN id > 1 THEN name ELSE hired END FROM emp;
-- error:
-- error: CASE types TEXT and DATE cannot be matched -- 42804, case_types.sql line 2, column 40
--   2 | SELECT CASE WHEN id > 1 THEN name ELSE hired END FROM emp;
--     |                                        ^
-- hint: Cast one of them, as in hired::TEXT.
