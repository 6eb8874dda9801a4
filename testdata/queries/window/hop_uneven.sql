-- A hopping window whose size is no multiple of its slide: 10 seconds every 4.
-- from: postgres 15
-- oracle: SELECT s, s + interval '10 seconds', auction, count(*), sum(price)
-- oracle: FROM bids, generate_series(timestamp '2025-12-31 23:59:00', timestamp '2026-01-01 00:10:00', interval '4 seconds') AS s
-- oracle: WHERE at >= s AND at < s + interval '10 seconds'
-- oracle: GROUP BY s, auction
SELECT window_start, window_end, auction, count(*) AS n, sum(price) AS total
FROM HOP(bids, at, INTERVAL '4 seconds', INTERVAL '10 seconds')
GROUP BY window_start, window_end, auction;
