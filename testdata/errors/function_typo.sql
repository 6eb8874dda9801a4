SELECT substrng('abc', 1);
-- error:
-- error: function substrng(unknown, INT) does not exist -- 42883, function_typo.sql line 1, column 8
--   1 | SELECT substrng('abc', 1);
--     |        ^
-- hint: Did you mean "substring"?
