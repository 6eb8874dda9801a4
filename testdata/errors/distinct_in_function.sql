CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT upper(DISTINCT name) FROM emp;
-- error:
-- error: upper is not an aggregate function -- 42809, distinct_in_function.sql line 2, column 8
--   2 | SELECT upper(DISTINCT name) FROM emp;
--     |        ^
-- hint: DISTINCT, ORDER BY, FILTER and * are for aggregates.
