CREATE TABLE t (id INT, price INT);
UPDATE t SET prise = price + 1 WHERE id = 1;
-- error:
-- error: column "prise" does not exist in table "t" -- 42703, update_unknown_column.sql line 2, column 14
--   2 | UPDATE t SET prise = price + 1 WHERE id = 1;
--     |              ^
-- hint: Did you mean "price"?
