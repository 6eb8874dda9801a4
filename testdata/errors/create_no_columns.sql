CREATE TABLE t ();
-- error:
-- error: syntax error at or near ")" -- 42601, create_no_columns.sql line 1, column 17
--   1 | CREATE TABLE t ();
--     |                 ^
-- hint: Expected a column's name.
