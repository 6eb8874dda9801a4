SELECT 1 FROM;
-- error:
-- error: unexpected end of the statement -- 42601, syntax_missing_from_item.sql line 1, column 14
--   1 | SELECT 1 FROM;
--     |              ^
-- hint: Expected a table.
