SELECT TIMESTAMP '2026-01-01 00:00:00' AT TIME ZONE 'Mars/Phobos';
-- error:
-- error: time zone "Mars/Phobos" not recognized -- 22023, time_zone_unknown.sql line 1, column 53
--   1 | SELECT TIMESTAMP '2026-01-01 00:00:00' AT TIME ZONE 'Mars/Phobos';
--     |                                                     ^
-- hint: Use a name of the IANA database, as 'Europe/Berlin', or an offset, as '+02:00'.
