-- Rounding, signs and powers.
-- from: postgres 15
SELECT id, round(amount, 1) AS r, ceil(amount) AS up, floor(amount) AS down, abs(amount) AS size, sign(amount) AS s, trunc(weight) AS t, round(weight) AS w, mod(id, 4) AS m, power(2, quantity) AS p, sqrt(abs(weight)) AS root
FROM orders
WHERE quantity BETWEEN -4 AND 7;
