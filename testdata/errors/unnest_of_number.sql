CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT * FROM unnest(5);
-- error:
-- error: function unnest(INT) does not exist -- 42883, unnest_of_number.sql line 2, column 15
--   2 | SELECT * FROM unnest(5);
--     |               ^
-- hint: There is unnest(ARRAY), unnest(MAP).
