CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT sum(salary) OVER (ORDER BY id ROWS -1 PRECEDING) FROM emp;
-- error:
-- error: frame starting offset must not be negative -- 22013, over_negative_frame.sql line 2, column 43
--   2 | SELECT sum(salary) OVER (ORDER BY id ROWS -1 PRECEDING) FROM emp;
--     |                                           ^
-- hint: PRECEDING and FOLLOWING say in which direction.
