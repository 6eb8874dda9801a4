CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT coalesce(id, hired) FROM emp;
-- error:
-- error: function coalesce(INT, DATE) does not exist -- 42883, coalesce_types.sql line 2, column 8
--   2 | SELECT coalesce(id, hired) FROM emp;
--     |        ^
-- hint: There is coalesce(any, alike, …); cast the arguments to that.
