CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT upper(name) OVER () FROM emp;
-- error:
-- error: OVER specified, but upper is not a window function nor an aggregate function -- 42809, over_not_a_window_function.sql line 2, column 8
--   2 | SELECT upper(name) OVER () FROM emp;
--     |        ^
-- hint: Leave OVER out.
