-- Spark's spelling: window(time, length), and its start and end as fields.
-- from: postgres 15
-- oracle: SELECT date_bin('15 seconds', at, '2000-01-01') AS s, date_bin('15 seconds', at, '2000-01-01') + interval '15 seconds', count(*)
-- oracle: FROM bids GROUP BY s
SELECT window.start AS opened, window.end AS closed, count(*) AS n
FROM bids
GROUP BY window(at, '15 seconds');
-- rows:
-- opened | closed | n
-- 2026-01-01 00:01:45 | 2026-01-01 00:02:00 | 62
-- 2026-01-01 00:02:15 | 2026-01-01 00:02:30 | 49
-- 2026-01-01 00:01:00 | 2026-01-01 00:01:15 | 61
-- 2026-01-01 00:01:15 | 2026-01-01 00:01:30 | 54
-- 2026-01-01 00:02:00 | 2026-01-01 00:02:15 | 56
-- 2026-01-01 00:00:00 | 2026-01-01 00:00:15 | 79
-- 2026-01-01 00:01:30 | 2026-01-01 00:01:45 | 66
-- 2026-01-01 00:00:45 | 2026-01-01 00:01:00 | 57
-- 2026-01-01 00:00:30 | 2026-01-01 00:00:45 | 56
-- 2026-01-01 00:00:15 | 2026-01-01 00:00:30 | 60
