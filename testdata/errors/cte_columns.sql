WITH a (x, y) AS (SELECT 1) SELECT * FROM a;
-- error:
-- error: "a" has 1 columns but 2 names are given -- 42601, cte_columns.sql line 1, column 12
--   1 | WITH a (x, y) AS (SELECT 1) SELECT * FROM a;
--     |            ^
