SELECT DATE '2026-01-01' + DATE '2026-01-02';
-- error:
-- error: operator DATE + DATE does not exist -- 42883, date_plus_date.sql line 1, column 26
--   1 | SELECT DATE '2026-01-01' + DATE '2026-01-02';
--     |                          ^
-- hint: Cast one side so that both are of one type, as in x::DATE.
