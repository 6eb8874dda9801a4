SELECT 5 % 0;
-- error:
-- error: division by zero in 5 % 0 -- 22012, modulo_by_zero.sql line 1, column 10
--   1 | SELECT 5 % 0;
--     |          ^
