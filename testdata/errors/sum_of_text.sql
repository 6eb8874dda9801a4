CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT sum(name) FROM emp;
-- error:
-- error: function sum(text) does not exist -- 42883, sum_of_text.sql line 2, column 8
--   2 | SELECT sum(name) FROM emp;
--     |        ^
-- hint: sum takes one number: SMALLINT, INT, BIGINT, DECIMAL, REAL or DOUBLE; or one INTERVAL.
