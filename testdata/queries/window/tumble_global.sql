-- One row a window: no key but the window itself.
-- from: postgres 15
-- oracle: SELECT date_bin('10 seconds', at, '2000-01-01') AS s, count(*), count(DISTINCT auction), avg(price) FROM bids GROUP BY s
SELECT window_start, count(*) AS n, count(DISTINCT auction) AS auctions, avg(price) AS mean
FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(at), INTERVAL '10' SECOND))
GROUP BY window_start, window_end;
