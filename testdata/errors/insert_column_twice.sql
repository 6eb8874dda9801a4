CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
INSERT INTO emp (id, id) VALUES (1, 2);
-- error:
-- error: column "id" is named twice -- 42701, insert_column_twice.sql line 2, column 22
--   2 | INSERT INTO emp (id, id) VALUES (1, 2);
--     |                      ^
