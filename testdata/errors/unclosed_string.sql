SELECT 'abc;
-- error:
-- error: this string is not closed -- 42601, unclosed_string.sql line 1, column 8
--   1 | SELECT 'abc;
--     |        ^
-- hint: Close it with '.
