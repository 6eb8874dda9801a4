CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT sum(salary) OVER (ORDER BY id, dept RANGE 1 PRECEDING) FROM emp;
-- error:
-- error: RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column -- 42P20, over_range_two_columns.sql line 2, column 44
--   2 | SELECT sum(salary) OVER (ORDER BY id, dept RANGE 1 PRECEDING) FROM emp;
--     |                                            ^
-- hint: Order by the one column that the offset is counted in, or use ROWS or GROUPS.
