-- Arrays compare by their first difference; NULL elements are the largest.
-- from: postgres 15
SELECT min(a) AS low, max(a) AS high, min(a) FILTER (WHERE paid) AS paid, max(a) FILTER (WHERE customer IS NULL) AS none, count(DISTINCT a) AS n
FROM (SELECT customer, paid, array_agg(quantity ORDER BY id) AS a FROM orders WHERE id < 60 GROUP BY customer, paid) AS by_customer;
-- rows:
-- low | high | paid | none | n
-- {-32768} | {NULL,3} | {-4,-4} | {NULL,-4,3} | 22
