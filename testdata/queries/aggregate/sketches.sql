-- Sketches are exact as long as there are few values.
-- from: postgres 15
-- oracle: SELECT paid, count(DISTINCT customer) AS customers, count(DISTINCT id) AS ids, percentile_cont(0.5) WITHIN GROUP (ORDER BY amount) AS middle, percentile_cont(ARRAY[0.1, 0.9]) WITHIN GROUP (ORDER BY id) AS several FROM orders GROUP BY paid
SELECT paid, approx_count_distinct(customer) AS customers, approx_count_distinct(id) AS ids, approx_percentile(amount, 0.5) AS middle, approx_percentile(id, ARRAY[0.1, 0.9]) AS several
FROM orders
GROUP BY paid;
-- rows:
-- paid | customers | ids | middle | several
-- false | 12 | 73 | 1.1 | {30.8,214.79999999999998}
-- true | 12 | 88 | 1.1 | {17.700000000000003,205.2}
-- NULL | 12 | 79 | 1.1 | {28.200000000000003,222.60000000000002}
