SELECT date_trunc(1, 2);
-- error:
-- error: function date_trunc(INT, INT) does not exist -- 42883, function_argument_types.sql line 1, column 8
--   1 | SELECT date_trunc(1, 2);
--     |        ^
-- hint: There are date_trunc(TEXT, TIMESTAMP), date_trunc(TEXT, TIMESTAMPTZ), date_trunc(TEXT, INTERVAL), date_trunc(TEXT, TIMESTAMPTZ, TEXT); cast the arguments to one of them.
