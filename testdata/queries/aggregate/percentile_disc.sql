-- Percentiles that are one of the values, of any type that has an order.
-- from: postgres 15
SELECT paid,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY quantity) AS middle,
       percentile_disc(0.25) WITHIN GROUP (ORDER BY amount DESC) AS quarter,
       percentile_disc(0.75) WITHIN GROUP (ORDER BY day) AS days,
       percentile_disc(0) WITHIN GROUP (ORDER BY at) AS first,
       percentile_disc(ARRAY[0.01, 0.5, 1]) WITHIN GROUP (ORDER BY units) AS several
FROM orders
GROUP BY paid;
-- rows:
-- paid | middle | quarter | days | first | several
-- false | 1 | 1000.05 | 2026-07-09 | 2026-01-01 00:00:04.494 | {-2147483648,0,2147483647}
-- true | 2 | 1000.05 | 2026-08-15 | 2026-01-01 00:00:02.221 | {-2147483648,1,2147483647}
-- NULL | 1 | 1000.05 | 2026-09-13 | 2026-01-01 00:00:08.259 | {-2147483648,1,2147483647}
