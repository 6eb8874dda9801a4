-- Named arguments, and an offset that moves the windows' edges by three seconds.
-- from: postgres 15
-- oracle: SELECT date_bin('10 seconds', at, '2000-01-01 00:00:03') AS s, date_bin('10 seconds', at, '2000-01-01 00:00:03') + interval '10 seconds', count(*)
-- oracle: FROM bids GROUP BY s
SELECT window_start, window_end, count(*) AS n
FROM TABLE(TUMBLE(DATA => TABLE bids, TIMECOL => DESCRIPTOR(at), SIZE => INTERVAL '10' SECOND, OFFSET => INTERVAL '3' SECOND))
GROUP BY window_start, window_end;
