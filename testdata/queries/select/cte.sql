-- Common table expressions that use one another, and a table alias with column names.
-- from: postgres 15
WITH cheap AS (SELECT id, amount FROM orders WHERE amount < 5),
     few (n, a) AS (SELECT id, amount FROM cheap WHERE id % 3 = 0)
SELECT f.n + 1 AS next, f.a
FROM few AS f
WHERE f.n > 30;
