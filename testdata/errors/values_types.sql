VALUES (1), (DATE '2026-01-01');
-- error:
-- error: VALUES types of column 1 cannot be matched -- 42804, values_types.sql line 1, column 9
--   1 | VALUES (1), (DATE '2026-01-01');
--     |         ^
-- hint: Cast them to one type.
