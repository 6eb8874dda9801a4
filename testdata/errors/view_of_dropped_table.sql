CREATE TABLE t (a INT);
CREATE VIEW v AS SELECT a FROM t;
DROP TABLE t;
SELECT a FROM v;
-- error:
-- error: in view "v": table "t" does not exist -- 42P01, view_of_dropped_table.sql line 4, column 15
--   4 | SELECT a FROM v;
--     |               ^
-- hint: There are: v.
