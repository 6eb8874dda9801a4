-- A condition on the window's own bounds holds for whole groups.
-- from: postgres 15
-- oracle: SELECT date_bin('10 seconds', at, '2000-01-01') AS s, auction, min(price) FROM bids
-- oracle: WHERE date_bin('10 seconds', at, '2000-01-01') >= '2026-01-01 00:01:00' AND auction <> 1003 GROUP BY s, auction
SELECT window_start, auction, min(price) AS low
FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(at), INTERVAL '10' SECOND))
WHERE window_start >= TIMESTAMP '2026-01-01 00:01:00' AND auction <> 1003
GROUP BY window_start, window_end, auction;
