-- Three-valued logic: what NULL does to AND, OR, NOT, comparisons and IN.
-- from: postgres 15
SELECT id, paid AND units > 0 AS a, paid OR units > 0 AS b, NOT paid AS c, units = NULL AS d, units IN (0, 5, NULL) AS e, units NOT IN (0, 5) AS f,
       paid IS TRUE AS g, paid IS NOT FALSE AS h, paid IS UNKNOWN AS i, units IS DISTINCT FROM quantity AS j, amount BETWEEN 1 AND 100 AS k
FROM orders;
