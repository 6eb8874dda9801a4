SELECT (1, 2) = (1, 2, 3);
-- error:
-- error: unequal number of entries in row expressions -- 42601, row_sizes.sql line 1, column 15
--   1 | SELECT (1, 2) = (1, 2, 3);
--     |               ^
