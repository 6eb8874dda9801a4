SELECT 'not-a-uuid'::uuid;
-- error:
-- error: invalid input syntax for type UUID: "not-a-uuid" -- 22P02, uuid_bad.sql line 1, column 8
--   1 | SELECT 'not-a-uuid'::uuid;
--     |        ^
