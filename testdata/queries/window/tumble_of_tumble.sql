-- A window over a window: event time goes on as window_time.
-- from: postgres 15
-- oracle: SELECT date_bin('30 seconds', s, '2000-01-01') AS w, date_bin('30 seconds', s, '2000-01-01') + interval '30 seconds', max(n), sum(n)
-- oracle: FROM (SELECT date_bin('10 seconds', at, '2000-01-01') AS s, auction, count(*) AS n FROM bids GROUP BY s, auction) AS tens GROUP BY w
WITH tens AS (
    SELECT window_time, auction, count(*) AS n
    FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(at), INTERVAL '10' SECOND))
    GROUP BY window_start, window_end, window_time, auction
)
SELECT window_start, window_end, max(n) AS busiest, sum(n) AS bids
FROM TABLE(TUMBLE(TABLE tens, DESCRIPTOR(window_time), INTERVAL '30' SECOND))
GROUP BY window_start, window_end;
-- rows:
-- window_start | window_end | busiest | bids
-- 2026-01-01 00:01:30 | 2026-01-01 00:02:00 | 7 | 128
-- 2026-01-01 00:00:00 | 2026-01-01 00:00:30 | 9 | 139
-- 2026-01-01 00:00:30 | 2026-01-01 00:01:00 | 7 | 113
-- 2026-01-01 00:02:00 | 2026-01-01 00:02:30 | 7 | 105
-- 2026-01-01 00:01:00 | 2026-01-01 00:01:30 | 7 | 115
