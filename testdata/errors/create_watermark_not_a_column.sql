CREATE TABLE t (id INT, WATERMARK FOR at AS at) WITH (connector = 'file', path = 'x', format = 'json');
-- error:
-- error: column "at" does not exist in table "t" -- 42703, create_watermark_not_a_column.sql line 1, column 39
--   1 | CREATE TABLE t (id INT, WATERMARK FOR at AS at) WITH (connector = 'file', path = 'x', format = 'json');
--     |                                       ^
-- hint: There are: id.
