-- Text keys: empty, NULL, with spaces, quotes and letters of other scripts.
-- from: postgres 15
SELECT customer, count(*) AS n, sum(amount) AS amount, avg(units) AS units, avg(amount) AS mean
FROM orders
GROUP BY customer;
