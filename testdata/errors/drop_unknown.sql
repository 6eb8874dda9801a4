DROP TABLE nowhere;
-- error:
-- error: table "nowhere" does not exist -- 42P01, drop_unknown.sql line 1, column 12
--   1 | DROP TABLE nowhere;
--     |            ^
-- hint: Declare it with CREATE TABLE.
