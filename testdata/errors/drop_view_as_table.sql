CREATE VIEW v AS SELECT 1 AS one;
DROP TABLE v;
-- error:
-- error: "v" is not a table -- 42809, drop_view_as_table.sql line 2, column 12
--   2 | DROP TABLE v;
--     |            ^
-- hint: It is a view: use DROP VIEW.
