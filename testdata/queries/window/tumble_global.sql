-- One row a window: no key but the window itself.
-- from: postgres 15
-- oracle: SELECT date_bin('10 seconds', at, '2000-01-01') AS s, count(*), count(DISTINCT auction), round(avg(price), 6) FROM bids GROUP BY s
SELECT window_start, count(*) AS n, count(DISTINCT auction) AS auctions, round(avg(price), 6) AS mean
FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(at), INTERVAL '10' SECOND))
GROUP BY window_start, window_end;
-- rows:
-- window_start | n | auctions | mean
-- 2026-01-01 00:00:00 | 47 | 12 | 53986.191489
-- 2026-01-01 00:00:10 | 46 | 12 | 48173.021739
-- 2026-01-01 00:00:20 | 46 | 11 | 44878.369565
-- 2026-01-01 00:00:30 | 35 | 11 | 51752.371429
-- 2026-01-01 00:00:40 | 41 | 12 | 57261.975610
-- 2026-01-01 00:00:50 | 37 | 12 | 48676.756757
-- 2026-01-01 00:01:00 | 43 | 12 | 49007.279070
-- 2026-01-01 00:01:10 | 35 | 12 | 42807.342857
-- 2026-01-01 00:01:20 | 37 | 11 | 47092.189189
-- 2026-01-01 00:01:30 | 44 | 12 | 53749.409091
-- 2026-01-01 00:01:40 | 40 | 12 | 48137.475000
-- 2026-01-01 00:01:50 | 44 | 12 | 45109.545455
-- 2026-01-01 00:02:00 | 41 | 12 | 54090.048780
-- 2026-01-01 00:02:10 | 39 | 12 | 50740.615385
-- 2026-01-01 00:02:20 | 25 | 11 | 55424.400000
