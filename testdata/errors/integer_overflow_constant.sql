SELECT 2147483647 + 1;
-- error:
-- error: INT out of range in 2147483647 + 1 -- 22003, integer_overflow_constant.sql line 1, column 19
--   1 | SELECT 2147483647 + 1;
--     |                   ^
