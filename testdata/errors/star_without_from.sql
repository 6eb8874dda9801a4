SELECT *;
-- error:
-- error: SELECT * with no FROM has no columns -- 42601, star_without_from.sql line 1, column 8
--   1 | SELECT *;
--     |        ^
