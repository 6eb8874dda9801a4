-- The window as a function in GROUP BY, its bounds by TUMBLE_START and TUMBLE_END.
-- from: postgres 15
-- oracle: SELECT date_bin('1 minute', at, '2000-01-01') AS s, date_bin('1 minute', at, '2000-01-01') + interval '1 minute', bidder, max(price)
-- oracle: FROM bids GROUP BY s, bidder
SELECT TUMBLE_START(at, INTERVAL '1' MINUTE) AS opened, TUMBLE_END(at, INTERVAL '1' MINUTE) AS closed, bidder, max(price) AS best
FROM bids
GROUP BY TUMBLE(at, INTERVAL '1' MINUTE), bidder;
