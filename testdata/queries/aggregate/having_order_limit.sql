-- The three customers with most orders, by alias and position.
-- from: postgres 15
SELECT customer, count(*) AS n
FROM orders
WHERE customer IS NOT NULL
GROUP BY customer
HAVING count(*) > 5
ORDER BY n DESC, 1
LIMIT 3;
-- rows:
-- customer | n
-- "" | 24
-- Björn | 22
-- O'Hara | 19
