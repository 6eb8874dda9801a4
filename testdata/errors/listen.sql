LISTEN orders;
-- error:
-- error: LISTEN is not supported -- 0A000, listen.sql line 1, column 1
--   1 | LISTEN orders;
--     | ^
-- hint: SUBSCRIBE TO a view, or SELECT … EMIT CHANGES, gives what changes.
