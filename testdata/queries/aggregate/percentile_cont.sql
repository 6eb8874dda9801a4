-- Percentiles between two values: of integers, decimals and doubles, one or several fractions, with FILTER and in both directions.
-- from: postgres 15
SELECT paid,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY quantity) AS middle,
       percentile_cont(0.25) WITHIN GROUP (ORDER BY amount) FILTER (WHERE amount < 1000) AS quarter,
       percentile_cont(0.9) WITHIN GROUP (ORDER BY weight DESC) AS down,
       percentile_cont(ARRAY[0, 0.1, 0.5, 1]) WITHIN GROUP (ORDER BY units) AS several,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY id) FILTER (WHERE id < 0) AS none
FROM orders
GROUP BY paid;
-- rows:
-- paid | middle | quarter | down | several | none
-- false | 1 | 0 | -2.25 | {-2147483648,-2147483648,0,2147483647} | NULL
-- true | 2 | 0 | -2.25 | {-2147483648,-2147483648,1,2147483647} | NULL
-- NULL | 1 | 0 | -2.25 | {-2147483648,-2147483648,1,2147483647} | NULL
