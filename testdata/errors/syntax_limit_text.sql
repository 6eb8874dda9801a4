CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT 1 FROM emp LIMIT 'many';
-- error:
-- error: invalid input syntax for type BIGINT: "many" -- 22P02, syntax_limit_text.sql line 2, column 25
--   2 | SELECT 1 FROM emp LIMIT 'many';
--     |                         ^
