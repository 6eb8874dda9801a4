CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT percentile_cont(1.5) WITHIN GROUP (ORDER BY salary) FROM emp;
-- error:
-- error: percentile value 1.5 is not between 0 and 1 -- 22003, percentile_out_of_range.sql line 2, column 24
--   2 | SELECT percentile_cont(1.5) WITHIN GROUP (ORDER BY salary) FROM emp;
--     |                        ^
