-- The key is not selected and the aggregate only in HAVING.
-- from: postgres 15
-- oracle: SELECT date_bin('1 minute', at, '2000-01-01') + interval '1 minute' FROM orders
-- oracle: GROUP BY date_bin('1 minute', at, '2000-01-01'), paid HAVING sum(amount) > 100
SELECT window_end
FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(at), INTERVAL '1' MINUTE))
GROUP BY window_start, window_end, paid
HAVING sum(amount) > 100;
-- rows:
-- window_end
-- 2026-01-01 00:07:00
-- 2026-01-01 00:04:00
-- 2026-01-01 00:05:00
-- 2026-01-01 00:08:00
-- 2026-01-01 00:01:00
-- 2026-01-01 00:06:00
-- 2026-01-01 00:02:00
-- 2026-01-01 00:06:00
-- 2026-01-01 00:08:00
-- 2026-01-01 00:03:00
-- 2026-01-01 00:05:00
-- 2026-01-01 00:01:00
-- 2026-01-01 00:05:00
-- 2026-01-01 00:04:00
-- 2026-01-01 00:01:00
-- 2026-01-01 00:07:00
-- 2026-01-01 00:02:00
-- 2026-01-01 00:03:00
-- 2026-01-01 00:06:00
-- 2026-01-01 00:03:00
-- 2026-01-01 00:07:00
-- 2026-01-01 00:04:00
-- 2026-01-01 00:02:00
