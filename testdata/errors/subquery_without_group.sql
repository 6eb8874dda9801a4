CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
CREATE TABLE dept (id INT PRIMARY KEY, name TEXT, city TEXT);
SELECT dept, (SELECT d.name FROM dept d WHERE d.id = e.id) FROM emp e GROUP BY dept;
-- error:
-- error: column "id" must appear in GROUP BY or be used in an aggregate function -- 42803, subquery_without_group.sql line 3, column 54
--   3 | SELECT dept, (SELECT d.name FROM dept d WHERE d.id = e.id) FROM emp e GROUP BY dept;
--     |                                                      ^
-- hint: Add id to GROUP BY, or write an aggregate such as max(id).
