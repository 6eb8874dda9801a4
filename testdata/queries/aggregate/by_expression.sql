-- A key that is an expression, used again inside another.
-- from: postgres 15
SELECT date_trunc('month', at) AS month, extract(hour FROM at) AS hour, CASE WHEN amount > 10 THEN 'much' ELSE 'little' END AS size, count(*) AS n
FROM orders
GROUP BY date_trunc('month', at), extract(hour FROM at), CASE WHEN amount > 10 THEN 'much' ELSE 'little' END;
-- rows:
-- month | hour | size | n
-- 2026-01-01 00:00:00 | 0 | little | 154
-- 2026-01-01 00:00:00 | 0 | much | 86
