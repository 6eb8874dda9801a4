CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT avg(hired) FROM emp;
-- error:
-- error: function avg(date) does not exist -- 42883, avg_of_date.sql line 2, column 8
--   2 | SELECT avg(hired) FROM emp;
--     |        ^
-- hint: avg takes one number: SMALLINT, INT, BIGINT, DECIMAL, REAL or DOUBLE; or one INTERVAL.
