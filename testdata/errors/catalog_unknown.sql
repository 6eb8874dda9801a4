SELECT 1 FROM warehouse.sales.orders;
-- error:
-- error: table "warehouse.sales.orders" does not exist -- 42P01, catalog_unknown.sql line 1, column 15
--   1 | SELECT 1 FROM warehouse.sales.orders;
--     |               ^
-- hint: Declare it with CREATE TABLE.
