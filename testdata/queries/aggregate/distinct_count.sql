-- Distinct values are counted once; NULL is not counted.
-- from: postgres 15
SELECT paid, count(DISTINCT customer) AS customers, count(DISTINCT quantity) AS quantities, sum(DISTINCT quantity) AS total
FROM orders
GROUP BY paid;
-- rows:
-- paid | customers | quantities | total
-- false | 12 | 8 | 8
-- true | 12 | 8 | 8
-- NULL | 12 | 8 | 8
