CREATE TABLE t (a INT);
SELECT a FROM t WHERE a = 1 FOR UPDATE;
-- error:
-- error: FOR UPDATE is not supported -- 0A000, for_update.sql line 2, column 29
--   2 | SELECT a FROM t WHERE a = 1 FOR UPDATE;
--     |                             ^
-- hint: Leave it out: rows are not locked. Put what belongs together into one statement, such as UPDATE … SET n = n + 1 WHERE … RETURNING.
