-- q7: the highest bid of each 10 seconds. Nexmark joins the bids with the maximum of their window, which gives every
-- bid of the highest price; this form, without a join, gives one of them.
CREATE SINK nowhere (window_end TIMESTAMP, price BIGINT, auction BIGINT, bidder BIGINT, extra TEXT) WITH (connector = 'blackhole');
INSERT INTO nowhere
SELECT window_end, max(price), arg_max(auction, price), arg_max(bidder, price), arg_max(extra, price)
FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR("dateTime"), INTERVAL '10' SECOND))
GROUP BY window_start, window_end;
