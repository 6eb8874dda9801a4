-- Arroyo's spelling: a window over the table's own event time, with a name.
-- from: postgres 15
-- oracle: SELECT date_bin('20 seconds', at, '2000-01-01') AS s, auction, sum(price)
-- oracle: FROM bids GROUP BY s, auction
SELECT window.start AS opened, auction, sum(price) AS total
FROM (
    SELECT TUMBLE(INTERVAL '20' SECOND) AS window, auction, sum(price) AS price
    FROM bids
    GROUP BY window, auction
) AS b
GROUP BY 1, 2;
