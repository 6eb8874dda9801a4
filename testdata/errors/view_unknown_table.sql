CREATE VIEW v AS SELECT * FROM nowhere;
-- error:
-- error: table "nowhere" does not exist -- 42P01, view_unknown_table.sql line 1, column 32
--   1 | CREATE VIEW v AS SELECT * FROM nowhere;
--     |                                ^
-- hint: Declare it with CREATE TABLE.
