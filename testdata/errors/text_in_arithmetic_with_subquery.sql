CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
INSERT INTO emp (id) VALUES ((SELECT max(id) FROM emp) + 'x');
-- error:
-- error: invalid input syntax for type INT: "x" -- 22P02, text_in_arithmetic_with_subquery.sql line 2, column 58
--   2 | INSERT INTO emp (id) VALUES ((SELECT max(id) FROM emp) + 'x');
--     |                                                          ^
