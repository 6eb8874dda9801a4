DECLARE c CURSOR FOR SELECT 1;
-- error:
-- error: DECLARE CURSOR can only be used in transaction blocks -- 25P01, cursor_outside.sql line 1, column 1
--   1 | DECLARE c CURSOR FOR SELECT 1;
--     | ^
-- hint: Start one with BEGIN, or declare it WITH HOLD.
