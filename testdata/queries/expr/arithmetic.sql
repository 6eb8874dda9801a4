-- Whole numbers stay whole, DECIMAL is exact, DOUBLE is not; signs of / and %.
-- from: postgres 15
SELECT id, units / 7 AS whole, units % 7 AS rest, -units / 2 AS negative, amount * 3 AS triple, amount + 0.005 AS more, weight / 3 AS third, quantity * 2 + 1 AS odd
FROM orders
WHERE units <> -2147483648 AND quantity NOT IN (32767, -32768);
