SET timezone = 'Middle/Earth';
-- error:
-- error: setting "timezone": "Middle/Earth" is not UTC, the only time zone of a session; use AT TIME ZONE in the query -- 22023, set_timezone.sql line 1, column 16
--   1 | SET timezone = 'Middle/Earth';
--     |                ^
-- hint: The time zone of TIMESTAMPTZ in text. Only 'UTC', by any of its names: a time is always written with its offset, +00. For the time of another zone write AT TIME ZONE.
