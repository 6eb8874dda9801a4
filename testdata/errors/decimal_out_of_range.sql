SELECT 12345.6::decimal(4,1);
-- error:
-- error: 12345.6 is out of range for DECIMAL(4,1), in CAST(12345.6 AS DECIMAL(4,1)) -- 22003, decimal_out_of_range.sql line 1, column 15
--   1 | SELECT 12345.6::decimal(4,1);
--     |               ^
