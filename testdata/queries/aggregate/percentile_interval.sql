-- Percentiles, sums and averages of intervals.
-- from: postgres 15
SELECT paid,
       percentile_cont(0.3) WITHIN GROUP (ORDER BY at - TIMESTAMP '2025-12-31 12:00:00') AS cont,
       percentile_disc(0.3) WITHIN GROUP (ORDER BY at - TIMESTAMP '2025-12-31 12:00:00') AS disc,
       percentile_cont(ARRAY[0.1, 0.5]) WITHIN GROUP (ORDER BY at - TIMESTAMP '2026-01-01 00:00:00') AS several,
       sum(at - TIMESTAMP '2025-12-31 12:00:00') AS total,
       avg(at - TIMESTAMP '2025-12-31 12:00:00') AS mean,
       sum(DISTINCT CAST(day AS TIMESTAMP) - TIMESTAMP '2026-01-01 00:00:00') AS days,
       max(at - TIMESTAMP '2025-12-31 12:00:00') AS longest
FROM orders
GROUP BY paid;
-- rows:
-- paid | cont | disc | several | total | mean | days | longest
-- false | 12:02:10.7706 | 12:02:05.301 | {00:00:54.2078,00:03:50.164} | 880:33:21.002 | 12:03:44.67126 | 1387 days | 12:07:22.032
-- true | 12:01:36.4492 | 12:01:36.271 | {00:00:30.3836,00:02:38.2175} | 1060:35:15.812 | 12:03:07.679682 | -601 days | 12:07:18.262
-- NULL | 12:02:28.1388 | 12:02:26.686 | {00:00:48.5236,00:03:43.53} | 953:03:12.836 | 12:03:50.289063 | 3135 days | 12:07:25.939
