-- Windows that start together and grow by 5 seconds until they hold 20.
-- from: postgres 15
-- oracle: SELECT s, s + k * interval '5 seconds', count(*), max(price)
-- oracle: FROM bids, generate_series(timestamp '2025-12-31 23:59:00', timestamp '2026-01-01 00:10:00', interval '20 seconds') AS s, generate_series(1, 4) AS k
-- oracle: WHERE at >= s AND at < s + k * interval '5 seconds' GROUP BY s, k
SELECT window_start, window_end, count(*) AS n, max(price) AS best
FROM TABLE(CUMULATE(TABLE bids, DESCRIPTOR(at), INTERVAL '5' SECOND, INTERVAL '20' SECOND))
GROUP BY window_start, window_end;
