CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT percentile_cont(0.5) FROM emp;
-- error:
-- error: WITHIN GROUP is required for ordered-set aggregate percentile_cont -- 42809, percentile_without_order.sql line 2, column 8
--   2 | SELECT percentile_cont(0.5) FROM emp;
--     |        ^
-- hint: Write percentile_cont(0.5) WITHIN GROUP (ORDER BY n).
