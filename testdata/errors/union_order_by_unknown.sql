CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
CREATE TABLE dept (id INT PRIMARY KEY, name TEXT, city TEXT);
SELECT id FROM emp UNION SELECT id FROM dept ORDER BY salary;
-- error:
-- error: column "salary" does not exist -- 42703, union_order_by_unknown.sql line 3, column 55
--   3 | SELECT id FROM emp UNION SELECT id FROM dept ORDER BY salary;
--     |                                                       ^
-- hint: There are: id.
