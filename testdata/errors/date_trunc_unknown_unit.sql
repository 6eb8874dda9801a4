SELECT date_trunc('fortnight', TIMESTAMP '2026-01-01 00:00:00');
-- error:
-- error: unit "fortnight" not recognized for type TIMESTAMP -- 22023, date_trunc_unknown_unit.sql line 1, column 19
--   1 | SELECT date_trunc('fortnight', TIMESTAMP '2026-01-01 00:00:00');
--     |                   ^
