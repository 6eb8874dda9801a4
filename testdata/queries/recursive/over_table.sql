-- The step joins the rows before with a table; the query on top aggregates.
-- from: postgres 15
WITH RECURSIVE chain (id, depth) AS (SELECT id, 0 FROM orders WHERE id <= 2 UNION ALL SELECT o.id, c.depth + 1 FROM chain c JOIN orders o ON o.id = c.id * 3 WHERE c.depth < 6) SELECT depth, count(*) AS n, sum(id) AS total FROM chain GROUP BY depth;
-- rows:
-- depth | n | total
-- 3 | 2 | 81
-- 4 | 2 | 243
-- 0 | 2 | 3
-- 2 | 2 | 27
-- 1 | 2 | 9
