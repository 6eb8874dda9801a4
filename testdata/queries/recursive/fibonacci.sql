-- Several columns; the query stands in a derived table and is read twice.
-- from: postgres 15
SELECT a, b FROM (WITH RECURSIVE f (a, b) AS (VALUES (0, 1) UNION ALL SELECT b, a + b FROM f WHERE b < 50) SELECT x.a, y.b FROM f x JOIN f y ON x.b = y.a) AS d WHERE a > 2;
-- rows:
-- a | b
-- 3 | 8
-- 5 | 13
-- 8 | 21
-- 13 | 34
-- 21 | 55
