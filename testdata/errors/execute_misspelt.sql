PREPARE orders AS SELECT 1; EXECUTE order_s;
-- error:
-- error: prepared statement "order_s" does not exist -- 26000, execute_misspelt.sql line 1, column 37
--   1 | PREPARE orders AS SELECT 1; EXECUTE order_s;
--     |                                     ^
-- hint: Did you mean "orders"?
