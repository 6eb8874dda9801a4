-- WITH RECURSIVE over a query that does not read itself, beside one that does and reads it.
-- from: postgres 15
WITH RECURSIVE base (x) AS (SELECT 3), t (n) AS (SELECT x FROM base UNION ALL SELECT n - 1 FROM t WHERE n > 1) SELECT n FROM t;
-- rows:
-- n
-- 3
-- 2
-- 1
