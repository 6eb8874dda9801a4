WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a;
-- error:
-- error: table "b" does not exist -- 42P01, cte_unknown.sql line 1, column 26
--   1 | WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a;
--     |                          ^
-- hint: Declare it with CREATE TABLE.
