FETCH BACKWARD 5 FROM c;
-- error:
-- error: cursor can only scan forward -- 55000, cursor_backward.sql line 1, column 7
--   1 | FETCH BACKWARD 5 FROM c;
--     |       ^
-- detail: This asks for BACKWARD.
-- hint: FETCH NEXT, FETCH n and FETCH ALL go forward.
