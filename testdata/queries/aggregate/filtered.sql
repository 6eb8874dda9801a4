-- FILTER, and aggregates of Booleans with NULLs among them.
-- from: postgres 15
SELECT quantity, count(*) FILTER (WHERE paid) AS paid, count(*) FILTER (WHERE paid IS NULL) AS unknown,
       bool_and(paid) AS every_one, bool_or(paid) AS any_one, max(amount) FILTER (WHERE amount < 1000) AS below
FROM orders
GROUP BY quantity;
