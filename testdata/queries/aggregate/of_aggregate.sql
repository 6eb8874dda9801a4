-- An aggregate over an aggregate, by way of a derived table.
-- from: postgres 15
SELECT n, count(*) AS customers, sum(total) AS total
FROM (SELECT customer, count(*) AS n, sum(amount) AS total FROM orders GROUP BY customer) AS c
GROUP BY n;
