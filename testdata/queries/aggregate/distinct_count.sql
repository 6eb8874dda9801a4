-- Distinct values are counted once; NULL is not counted.
-- from: postgres 15
SELECT paid, count(DISTINCT customer) AS customers, count(DISTINCT quantity) AS quantities, sum(DISTINCT quantity) AS total
FROM orders
GROUP BY paid;
