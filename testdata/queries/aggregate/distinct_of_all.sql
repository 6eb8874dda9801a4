-- DISTINCT of the aggregates for which it matters, and of those for which it does not.
-- from: postgres 15
SELECT paid, count(DISTINCT amount) AS n, sum(DISTINCT amount) AS total, round(avg(DISTINCT quantity), 10) AS mean, min(DISTINCT units) AS low, max(DISTINCT units) AS high,
       count(DISTINCT customer) FILTER (WHERE quantity > 0) AS some, bit_xor(DISTINCT quantity) AS bits, bool_or(DISTINCT quantity > 0) AS positive,
       count(DISTINCT (quantity, customer)) AS pairs
FROM orders
GROUP BY paid;
-- rows:
-- paid | n | total | mean | low | high | some | bits | positive | pairs
-- false | 7 | 100001009.90 | 1.0000000000 | -2147483648 | 2147483647 | 12 | 4 | true | 54
-- true | 7 | 100001009.90 | 1.0000000000 | -2147483648 | 2147483647 | 12 | 4 | true | 63
-- NULL | 7 | 100001009.90 | 1.0000000000 | -2147483648 | 2147483647 | 12 | 4 | true | 60
