-- A hopping window in GROUP BY, with its bounds straight in the select list.
-- from: postgres 15
-- oracle: SELECT s, s + interval '30 seconds', count(*)
-- oracle: FROM bids, generate_series(timestamp '2025-12-31 23:59:00', timestamp '2026-01-01 00:10:00', interval '5 seconds') AS s
-- oracle: WHERE at >= s AND at < s + interval '30 seconds' GROUP BY s
SELECT window_start, window_end, count(*) AS n
FROM bids
GROUP BY HOP(at, INTERVAL '5' SECOND, INTERVAL '30' SECOND);
