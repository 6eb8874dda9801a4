-- q2: the bids on some auctions.
CREATE SINK nowhere (auction BIGINT, price BIGINT) WITH (connector = 'blackhole');
INSERT INTO nowhere SELECT auction, price FROM bids WHERE auction % 123 = 0;
