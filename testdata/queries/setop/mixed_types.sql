-- Types are brought together a pair of sides at a time; literals take the other side's type.
-- from: postgres 15
SELECT '1' AS n, NULL AS t UNION SELECT 2, 'x' UNION ALL SELECT id, customer FROM orders WHERE id < 3 ORDER BY n, t;
-- rows:
-- n | t
-- 1 | back\slash
-- 1 | NULL
-- 2 | x
-- 2 | 李雷
