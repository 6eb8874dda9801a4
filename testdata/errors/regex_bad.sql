CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
SELECT 1 FROM emp WHERE name ~ '(';
-- error:
-- error: invalid regular expression: missing closing ): `(?s)(` -- 2201B, regex_bad.sql line 2, column 32
--   2 | SELECT 1 FROM emp WHERE name ~ '(';
--     |                                ^
-- hint: The syntax is that of RE2, which has no back references and no look-ahead.
