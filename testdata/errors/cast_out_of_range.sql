SELECT 3000000000::int;
-- error:
-- error: 3000000000 is out of range for INT, in CAST(3000000000 AS INT) -- 22003, cast_out_of_range.sql line 1, column 18
--   1 | SELECT 3000000000::int;
--     |                  ^
