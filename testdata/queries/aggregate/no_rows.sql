-- An aggregate over no rows is one row; with keys it is none.
-- from: postgres 15
SELECT count(*) AS n, sum(units) AS units, avg(amount) AS mean, max(customer) AS last, bool_and(paid) AS paid
FROM orders WHERE id < 0;
-- rows:
-- n | units | mean | last | paid
-- 0 | NULL | NULL | NULL | NULL
