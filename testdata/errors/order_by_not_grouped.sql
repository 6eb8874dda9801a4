CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT dept FROM emp GROUP BY dept ORDER BY salary;
-- error:
-- error: column "salary" must appear in GROUP BY or be used in an aggregate function -- 42803, order_by_not_grouped.sql line 2, column 45
--   2 | SELECT dept FROM emp GROUP BY dept ORDER BY salary;
--     |                                             ^
-- hint: Add salary to GROUP BY, or write an aggregate such as max(salary).
