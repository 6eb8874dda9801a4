WITH a AS (SELECT 1), a AS (SELECT 2) SELECT * FROM a;
-- error:
-- error: WITH query name "a" specified more than once -- 42712, cte_twice.sql line 1, column 23
--   1 | WITH a AS (SELECT 1), a AS (SELECT 2) SELECT * FROM a;
--     |                       ^
