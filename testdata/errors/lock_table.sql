LOCK TABLE t IN EXCLUSIVE MODE;
-- error:
-- error: LOCK TABLE in a mode that keeps others out is not supported -- 0A000, lock_table.sql line 1, column 1
--   1 | LOCK TABLE t IN EXCLUSIVE MODE;
--     | ^
-- hint: A statement has its table to itself while it writes; put what belongs together into one statement. IN ACCESS SHARE MODE is accepted.
