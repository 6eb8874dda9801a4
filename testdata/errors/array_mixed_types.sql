SELECT ARRAY[1, DATE '2026-01-01'];
-- error:
-- error: ARRAY types INT and DATE cannot be matched -- 42804, array_mixed_types.sql line 1, column 8
--   1 | SELECT ARRAY[1, DATE '2026-01-01'];
--     |        ^
