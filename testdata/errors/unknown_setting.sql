SET paralelism = 4;
-- error:
-- error: there is no setting "paralelism" -- 42704, unknown_setting.sql line 1, column 5
--   1 | SET paralelism = 4;
--     |     ^
-- hint: Did you mean "parallelism"?
