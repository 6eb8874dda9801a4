CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
INSERT INTO emp (id) VALUES ((SELECT max(id) FROM emp) + 'x');
-- error:
-- error: a subquery here is not supported -- 0A000, subquery_in_values.sql line 2, column 30
--   2 | INSERT INTO emp (id) VALUES ((SELECT max(id) FROM emp) + 'x');
--     |                              ^
-- hint: Compute it in a WITH query and join it.
