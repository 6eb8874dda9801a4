-- Keys and arguments that are computed, and a filter that goes below the window.
-- from: postgres 15
-- oracle: SELECT date_bin('30 seconds', at, '2000-01-01') AS s, price / 10000, upper(channel), sum(price % 7), max(length(extra))
-- oracle: FROM bids WHERE channel IS NOT NULL AND price BETWEEN 1000 AND 80000
-- oracle: GROUP BY s, price / 10000, upper(channel)
SELECT window_start, price / 10000 AS bucket, upper(channel) AS channel, sum(price % 7) AS rest, max(length(extra)) AS longest
FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(at), INTERVAL '30' SECOND))
WHERE channel IS NOT NULL AND price BETWEEN 1000 AND 80000
GROUP BY window_start, window_end, price / 10000, upper(channel);
