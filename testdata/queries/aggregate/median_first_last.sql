-- Functions that PostgreSQL 15 lacks, held against what it has in their place.
-- from: postgres 15
-- oracle: SELECT paid, percentile_cont(0.5) WITHIN GROUP (ORDER BY amount) AS middle, (array_agg(customer ORDER BY weight, id))[1] AS lightest, (array_agg(customer ORDER BY weight DESC NULLS LAST, id))[1] AS heaviest, (array_agg(id ORDER BY id DESC))[1] AS newest, count(*) FILTER (WHERE quantity > 1) AS many FROM orders GROUP BY paid
SELECT paid, median(amount) AS middle, first(customer ORDER BY weight, id) AS lightest, last(customer ORDER BY weight NULLS FIRST, id DESC) AS heaviest, last_value(id ORDER BY id) AS newest, count_if(quantity > 1) AS many
FROM orders
GROUP BY paid;
-- rows:
-- paid | middle | lightest | heaviest | newest | many
-- false | 1.1 | "" | ZOË | 238 | 34
-- true | 1.1 | O'Hara | "" | 237 | 45
-- NULL | 1.1 | naïve | 李雷 | 240 | 29
