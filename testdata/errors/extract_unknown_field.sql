SELECT EXTRACT(fortnight FROM DATE '2026-01-01');
-- error:
-- error: unit "fortnight" not recognized for type DATE -- 22023, extract_unknown_field.sql line 1, column 8
--   1 | SELECT EXTRACT(fortnight FROM DATE '2026-01-01');
--     |        ^
-- hint: There are 'year', 'quarter', 'month', 'week', 'day', 'hour', 'minute', 'second', 'milliseconds', 'microseconds', 'dow' (Sunday 0), 'isodow' (Sunday 7), 'doy', 'isoyear', 'epoch', 'julian', 'decade', 'century', 'millennium', 'timezone'.
