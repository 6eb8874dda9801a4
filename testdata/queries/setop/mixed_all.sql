-- A UNION that is not ALL takes duplicates out of all that stands before it, and of nothing behind it.
-- from: postgres 15
SELECT 1 AS n UNION ALL SELECT 1 UNION SELECT 2 UNION ALL SELECT 2 ORDER BY 1;
-- rows:
-- n
-- 1
-- 2
-- 2
