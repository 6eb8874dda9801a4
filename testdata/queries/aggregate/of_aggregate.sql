-- An aggregate over an aggregate, by way of a derived table.
-- from: postgres 15
SELECT n, count(*) AS customers, sum(total) AS total
FROM (SELECT customer, count(*) AS n, sum(amount) AS total FROM orders GROUP BY customer) AS c
GROUP BY n;
-- rows:
-- n | customers | total
-- 22 | 1 | 400002019.19
-- 19 | 2 | 500004009.30
-- 21 | 1 | 1069.80
-- 17 | 1 | 100002037.17
-- 14 | 1 | 100003012.20
-- 16 | 2 | 400002036.69
-- 24 | 1 | 300004033.02
-- 18 | 4 | 900012116.71
