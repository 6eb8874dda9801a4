VALUES (1, 2), (3);
-- error:
-- error: this row of VALUES has 1 columns, the first has 2 -- 42601, values_length.sql line 1, column 16
--   1 | VALUES (1, 2), (3);
--     |                ^
