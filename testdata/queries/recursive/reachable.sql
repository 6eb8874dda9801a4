-- UNION drops rows that have come before, so that a walk through a graph with a circle ends.
-- from: postgres 15
WITH RECURSIVE edges (a, b) AS (VALUES (1, 2), (2, 3), (3, 1), (3, 4), (5, 6)), reach (x) AS (SELECT 1 UNION SELECT b FROM reach JOIN edges ON a = x) SELECT x FROM reach ORDER BY x;
-- rows:
-- x
-- 1
-- 2
-- 3
-- 4
