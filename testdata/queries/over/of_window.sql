-- A window function over another one's result, and over an aggregate of it.
-- from: postgres 15
SELECT n, max(d) AS most, lag(max(d)) OVER (ORDER BY n) AS before
FROM (SELECT id - lag(id) OVER (PARTITION BY customer ORDER BY id) AS d, count(*) OVER (PARTITION BY customer) AS n FROM orders) AS t GROUP BY n;
-- rows:
-- n | most | before
-- 14 | 48 | NULL
-- 16 | 72 | 48
-- 17 | 49 | 72
-- 18 | 89 | 49
-- 19 | 43 | 89
-- 21 | 25 | 43
-- 22 | 33 | 25
-- 24 | 52 | 33
