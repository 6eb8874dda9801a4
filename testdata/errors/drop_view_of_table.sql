CREATE TABLE t (a INT);
DROP VIEW t;
-- error:
-- error: "t" is not a view -- 42809, drop_view_of_table.sql line 2, column 11
--   2 | DROP VIEW t;
--     |           ^
-- hint: It is a table: use DROP TABLE.
