BEGIN ISOLATION LEVEL SNAPSHOT;
-- error:
-- error: syntax error at or near "SNAPSHOT" -- 42601, begin_mode.sql line 1, column 23
--   1 | BEGIN ISOLATION LEVEL SNAPSHOT;
--     |                       ^
-- hint: Expected READ COMMITTED, REPEATABLE READ or SERIALIZABLE.
