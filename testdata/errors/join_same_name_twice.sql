CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT 1 FROM emp JOIN emp ON true;
-- error:
-- error: table name "emp" is specified more than once -- 42712, join_same_name_twice.sql line 2, column 24
--   2 | SELECT 1 FROM emp JOIN emp ON true;
--     |                        ^
-- hint: Give one of them another name: … AS name.
