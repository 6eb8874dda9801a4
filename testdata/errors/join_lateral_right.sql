CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
CREATE TABLE dept (id INT PRIMARY KEY, name TEXT, city TEXT);
SELECT 1 FROM emp RIGHT JOIN LATERAL (SELECT emp.id) x ON true;
-- error:
-- error: the right of a Right JOIN can't refer to its left -- 42P10, join_lateral_right.sql line 3, column 39
--   3 | SELECT 1 FROM emp RIGHT JOIN LATERAL (SELECT emp.id) x ON true;
--     |                                       ^
-- hint: LATERAL goes with INNER, LEFT and CROSS JOIN.
