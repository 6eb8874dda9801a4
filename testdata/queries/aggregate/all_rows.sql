-- Aggregates over a whole table: one row.
-- from: postgres 15
SELECT count(*) AS n, count(amount) AS amounts, sum(quantity) AS quantity, sum(units) AS units, sum(id) AS ids, sum(amount) AS amount,
       min(weight) AS lightest, max(weight) AS heaviest, min(customer) AS first, max(day) AS latest, min(at) AS opened
FROM orders;
