SELECT DATE '2026-02-30';
-- error:
-- error: date/time field value out of range: "2026-02-30" -- 22008, date_out_of_range.sql line 1, column 8
--   1 | SELECT DATE '2026-02-30';
--     |        ^
