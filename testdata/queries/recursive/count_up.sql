-- A query that reads its own rows, until a step gives none.
-- from: postgres 15
WITH RECURSIVE t (n, text) AS (SELECT 1, 'a' UNION ALL SELECT n + 1, text || 'b' FROM t WHERE n < 5) SELECT n, text FROM t;
-- rows:
-- n | text
-- 1 | a
-- 2 | ab
-- 3 | abb
-- 4 | abbb
-- 5 | abbbb
