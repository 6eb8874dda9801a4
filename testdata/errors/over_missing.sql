CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT row_number() FROM emp;
-- error:
-- error: window function row_number requires an OVER clause -- 42P20, over_missing.sql line 2, column 8
--   2 | SELECT row_number() FROM emp;
--     |        ^
-- hint: Write row_number(…) OVER (ORDER BY …).
