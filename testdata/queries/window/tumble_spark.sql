-- Spark's spelling: window(time, length), and its start and end as fields.
-- from: postgres 15
-- oracle: SELECT date_bin('15 seconds', at, '2000-01-01') AS s, date_bin('15 seconds', at, '2000-01-01') + interval '15 seconds', count(*)
-- oracle: FROM bids GROUP BY s
SELECT window.start AS opened, window.end AS closed, count(*) AS n
FROM bids
GROUP BY window(at, '15 seconds');
