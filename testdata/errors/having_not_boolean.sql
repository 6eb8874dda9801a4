CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT dept FROM emp GROUP BY dept HAVING count(*);
-- error:
-- error: argument of HAVING must be BOOLEAN, not BIGINT -- 42804, having_not_boolean.sql line 2, column 43
--   2 | SELECT dept FROM emp GROUP BY dept HAVING count(*);
--     |                                           ^
