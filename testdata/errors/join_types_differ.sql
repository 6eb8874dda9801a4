CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
CREATE TABLE dept (id INT PRIMARY KEY, name TEXT, city TEXT);
SELECT 1 FROM emp JOIN dept ON emp.hired = dept.id;
-- error:
-- error: operator DATE = INT does not exist -- 42883, join_types_differ.sql line 3, column 42
--   3 | SELECT 1 FROM emp JOIN dept ON emp.hired = dept.id;
--     |                                          ^
-- hint: Cast one side so that both are of one type, as in x::DATE.
