-- Each bid counts in every window of 12 seconds that starts every 4 seconds.
-- from: postgres 15
-- oracle: SELECT s, s + interval '12 seconds', auction, count(*), sum(price)
-- oracle: FROM bids, generate_series(timestamp '2025-12-31 23:59:00', timestamp '2026-01-01 00:10:00', interval '4 seconds') AS s
-- oracle: WHERE at >= s AND at < s + interval '12 seconds'
-- oracle: GROUP BY s, auction
SELECT window_start, window_end, auction, count(*) AS n, sum(price) AS total
FROM TABLE(HOP(TABLE bids, DESCRIPTOR(at), INTERVAL '4' SECOND, INTERVAL '12' SECOND))
GROUP BY window_start, window_end, auction;
