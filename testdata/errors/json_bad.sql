SELECT '{"a": }'::json;
-- error:
-- error: invalid input syntax for type JSON: "{\"a\": }" -- 22P02, json_bad.sql line 1, column 8
--   1 | SELECT '{"a": }'::json;
--     |        ^
-- detail: invalid character '}' looking for beginning of value.
