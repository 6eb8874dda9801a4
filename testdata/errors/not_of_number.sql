SELECT NOT 1;
-- error:
-- error: argument of NOT must be type BOOLEAN, not type INT -- 42804, not_of_number.sql line 1, column 12
--   1 | SELECT NOT 1;
--     |            ^
-- hint: Write a comparison, as in x <> 0.
