CREATE SINK out (a BIGINT) WITH (connector = 'print');
SELECT * FROM out;
-- error:
-- error: "out" was declared with CREATE SINK and can't be read -- 42P16, read_a_sink.sql line 2, column 15
--   2 | SELECT * FROM out;
--     |               ^
-- hint: Declare it with CREATE TABLE or CREATE SOURCE.
