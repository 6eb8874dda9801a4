-- Aggregates over a whole table: one row.
-- from: postgres 15
SELECT count(*) AS n, count(amount) AS amounts, sum(quantity) AS quantity, sum(units) AS units, sum(id) AS ids, sum(amount) AS amount,
       min(weight) AS lightest, max(weight) AS heaviest, min(customer) AS first, max(day) AS latest, min(at) AS opened
FROM orders;
-- rows:
-- n | amounts | quantity | units | ids | amount | lightest | heaviest | first | latest | opened
-- 240 | 208 | -32557 | -23596320139 | 28920 | 2700030334.08 | -2.25 | 10000000000 | "" | 2027-02-04 | 2026-01-01 00:00:02.221
