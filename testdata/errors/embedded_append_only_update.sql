CREATE TABLE t (id BIGINT) APPEND ONLY;
UPDATE t SET id = 1;
-- error:
-- error: table "t" is APPEND ONLY: its rows do not change -- 55000, embedded_append_only_update.sql line 2, column 8
--   2 | UPDATE t SET id = 1;
--     |        ^
-- hint: Declare it without APPEND ONLY.
