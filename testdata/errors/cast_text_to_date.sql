SELECT 'yesterday'::date;
-- error:
-- error: invalid input syntax for type DATE: "yesterday" -- 22007, cast_text_to_date.sql line 1, column 8
--   1 | SELECT 'yesterday'::date;
--     |        ^
