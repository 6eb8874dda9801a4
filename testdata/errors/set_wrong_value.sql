SET parallelism = 'lots';
-- error:
-- error: setting "parallelism": "lots" is not a whole number from 1 to 128 -- 22023, set_wrong_value.sql line 1, column 19
--   1 | SET parallelism = 'lots';
--     |                   ^
-- hint: How many tasks run a step of a query side by side.
