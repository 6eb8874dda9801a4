-- The key is not selected and the aggregate only in HAVING.
-- from: postgres 15
-- oracle: SELECT date_bin('1 minute', at, '2000-01-01') + interval '1 minute' FROM orders
-- oracle: GROUP BY date_bin('1 minute', at, '2000-01-01'), paid HAVING sum(amount) > 100
SELECT window_end
FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(at), INTERVAL '1' MINUTE))
GROUP BY window_start, window_end, paid
HAVING sum(amount) > 100;
