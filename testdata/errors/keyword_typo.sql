SELCT 1;
-- error:
-- error: syntax error at or near "SELCT" -- 42601, keyword_typo.sql line 1, column 1
--   1 | SELCT 1;
--     | ^
-- hint: Did you mean SELECT?
