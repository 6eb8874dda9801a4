SELECT $1 + 1;
-- error:
-- error: there is no parameter $1 -- 42P02, parameter_here.sql line 1, column 8
--   1 | SELECT $1 + 1;
--     |        ^
-- hint: Write the value, or ${name} in an option and --set name=value.
