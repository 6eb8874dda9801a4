SELECT INTERVAL '5 lightyears';
-- error:
-- error: invalid input syntax for type INTERVAL: "5 lightyears" -- 22007, interval_unknown_unit.sql line 1, column 17
--   1 | SELECT INTERVAL '5 lightyears';
--     |                 ^
-- hint: Write INTERVAL '10' SECOND, INTERVAL '1 hour 30 minutes' or INTERVAL '1:30:00'.
