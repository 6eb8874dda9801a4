WITH RECURSIVE r (n) AS (SELECT n + 1 FROM r) SELECT * FROM r;
-- error:
-- error: table "r" does not exist -- 42P01, recursive_no_union.sql line 1, column 44
--   1 | WITH RECURSIVE r (n) AS (SELECT n + 1 FROM r) SELECT * FROM r;
--     |                                            ^
-- hint: Declare it with CREATE TABLE.
