-- Bids per auction in 10-second windows; a bid on the edge counts for the window that it opens.
-- from: postgres 15
-- oracle: SELECT date_bin('10 seconds', at, '2000-01-01') AS s, date_bin('10 seconds', at, '2000-01-01') + interval '10 seconds', auction, count(*)
-- oracle: FROM bids GROUP BY s, auction
SELECT window_start, window_end, auction, count(*) AS n
FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(at), INTERVAL '10' SECOND))
GROUP BY window_start, window_end, auction;
