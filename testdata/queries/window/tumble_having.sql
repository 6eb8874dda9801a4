-- Windows with enough bids, and counts of only some of them.
-- from: postgres 15
-- oracle: SELECT date_bin('10 seconds', at, '2000-01-01') AS s, channel, count(*), count(*) FILTER (WHERE price > 50000), sum(price) FILTER (WHERE url IS NULL)
-- oracle: FROM bids GROUP BY s, channel HAVING count(*) >= 4
SELECT window_start, channel, count(*) AS n, count(*) FILTER (WHERE price > 50000) AS high, sum(price) FILTER (WHERE url IS NULL) AS without_url
FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(at), INTERVAL '10' SECOND))
GROUP BY window_start, window_end, channel
HAVING count(*) >= 4;
