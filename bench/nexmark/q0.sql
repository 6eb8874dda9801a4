-- q0: pass every bid through, all columns.
CREATE SINK nowhere (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, url TEXT, "dateTime" TIMESTAMP, extra TEXT) WITH (connector = 'blackhole');
INSERT INTO nowhere SELECT * FROM bids;
