-- All the plain aggregates of a window, for bids with no channel too: NULL is a group of its own.
-- from: postgres 15
-- oracle: SELECT date_bin('10 seconds', at, '2000-01-01') AS s, channel, count(*), count(url), sum(price), min(price), max(price), avg(price)
-- oracle: FROM bids GROUP BY s, channel
SELECT window_start, channel, count(*) AS n, count(url) AS urls, sum(price) AS total, min(price) AS low, max(price) AS high, avg(price) AS mean
FROM TUMBLE(bids, at, INTERVAL '10 seconds')
GROUP BY window_start, window_end, channel;
