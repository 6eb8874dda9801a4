-- q12: how many bids each bidder made in 10 seconds of event time.
CREATE SINK nowhere (bidder BIGINT, n BIGINT, window_start TIMESTAMP, window_end TIMESTAMP) WITH (connector = 'blackhole');
INSERT INTO nowhere
SELECT bidder, count(*), window_start, window_end
FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR("dateTime"), INTERVAL '10' SECOND))
GROUP BY window_start, window_end, bidder;
