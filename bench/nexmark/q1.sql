-- q1: convert each price from dollars to euros.
CREATE SINK nowhere (auction BIGINT, bidder BIGINT, price DECIMAL(23, 3), "dateTime" TIMESTAMP, extra TEXT) WITH (connector = 'blackhole');
INSERT INTO nowhere SELECT auction, bidder, 0.908 * price, "dateTime", extra FROM bids;
