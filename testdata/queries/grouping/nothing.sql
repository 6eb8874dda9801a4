-- Over no rows the set without keys has a group, the others have none.
-- from: postgres 15
SELECT customer, grouping(customer) AS g, count(*) AS n, sum(units) AS units FROM orders WHERE id < 0 GROUP BY ROLLUP (customer);
-- rows:
-- customer | g | n | units
-- NULL | 1 | 0 | NULL
