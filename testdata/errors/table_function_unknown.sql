SELECT * FROM explode(ARRAY[1]);
-- error:
-- error: there is no table function "explode" -- 42883, table_function_unknown.sql line 1, column 15
--   1 | SELECT * FROM explode(ARRAY[1]);
--     |               ^
-- hint: Did you mean "aclexplode"?
