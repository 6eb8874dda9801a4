SELECT 1 /* never closed
-- error:
-- error: this comment is not closed -- 42601, syntax_unclosed_comment.sql line 1, column 10
--   1 | SELECT 1 /* never closed
--     |          ^
-- hint: Close it with */.
