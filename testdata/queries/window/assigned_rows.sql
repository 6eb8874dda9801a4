-- A window with no aggregate only adds its bounds to each row.
-- from: postgres 15
-- oracle: SELECT at, date_bin('10 seconds', at, '2000-01-01'), date_bin('10 seconds', at, '2000-01-01') + interval '10 seconds', date_bin('10 seconds', at, '2000-01-01') + interval '9.999999 seconds', bidder FROM bids WHERE price < 4000
SELECT at, window_start, window_end, window_time, bidder
FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(at), INTERVAL '10' SECOND))
WHERE price < 4000;
