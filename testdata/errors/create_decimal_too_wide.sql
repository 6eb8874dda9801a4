CREATE TABLE t (x DECIMAL(50,2));
-- error:
-- error: DECIMAL(50,2) is not possible -- 22023, create_decimal_too_wide.sql line 1, column 19
--   1 | CREATE TABLE t (x DECIMAL(50,2));
--     |                   ^
-- hint: The precision is 1 to 38, the scale 0 to the precision.
