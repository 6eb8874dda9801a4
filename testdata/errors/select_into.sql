SELECT 1 AS a INTO t;
-- error:
-- error: SELECT INTO is not supported -- 0A000, select_into.sql line 1, column 15
--   1 | SELECT 1 AS a INTO t;
--     |               ^
-- hint: Write CREATE TABLE name AS SELECT …, or INSERT INTO name SELECT ….
