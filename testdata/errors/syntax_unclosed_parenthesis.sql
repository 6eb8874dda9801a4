SELECT (1 + 2;
-- error:
-- error: this "(" is not closed -- 42601, syntax_unclosed_parenthesis.sql line 1, column 8
--   1 | SELECT (1 + 2;
--     |        ^
-- hint: Close it with ).
