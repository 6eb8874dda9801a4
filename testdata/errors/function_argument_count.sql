SELECT upper('a', 'b');
-- error:
-- error: function upper(unknown, unknown) does not exist -- 42883, function_argument_count.sql line 1, column 8
--   1 | SELECT upper('a', 'b');
--     |        ^
-- hint: There is upper(TEXT); cast the arguments to that.
