PREPARE p AS SELECT $1 + 1, upper($1);
-- error:
-- error: function upper(INT) does not exist -- 42883, prepare_types.sql line 1, column 29
--   1 | PREPARE p AS SELECT $1 + 1, upper($1);
--     |                             ^
-- hint: There is upper(TEXT); cast the arguments to that.
