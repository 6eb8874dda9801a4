-- INTERSECT binds before UNION and EXCEPT, which go from left to right.
-- from: postgres 15
SELECT 1 AS n UNION SELECT 2 INTERSECT SELECT 3 EXCEPT SELECT 1 UNION ALL SELECT 7 UNION ALL SELECT 7;
-- rows:
-- n
-- 7
-- 7
