SELECT 1 / 0;
-- error:
-- error: division by zero in 1 / 0 -- 22012, division_by_zero.sql line 1, column 10
--   1 | SELECT 1 / 0;
--     |          ^
