-- Dates, timestamps and intervals.
-- from: postgres 15
SELECT id, date_trunc('minute', at) AS a, at + INTERVAL '1 day 2 hours' AS b, at - INTERVAL '90' SECOND AS c, extract(epoch FROM at) AS d, extract(dow FROM day) AS e,
       date_part('year', day) AS f, day + 30 AS g, day - DATE '2026-01-01' AS h, at - TIMESTAMP '2026-01-01 00:00:00' AS i, day + INTERVAL '1 month' AS j, at > '2026-01-01 00:02:00' AS k
FROM orders;
