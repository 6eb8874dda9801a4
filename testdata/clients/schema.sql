-- What the clients look at. Both millrace and PostgreSQL read this file.
CREATE TABLE auctions (id BIGINT PRIMARY KEY, item TEXT NOT NULL, seller INT, reserve DECIMAL(10, 2) DEFAULT 0, expires TIMESTAMP);
CREATE TABLE bids (auction BIGINT, bidder INT, price DECIMAL(12, 2) NOT NULL, at TIMESTAMPTZ, note TEXT, paid BOOLEAN, PRIMARY KEY (auction, bidder));
CREATE TABLE log (line TEXT, tags TEXT[], doc JSON, day DATE, took INTERVAL, id UUID, raw BYTEA, ratio DOUBLE PRECISION, small SMALLINT, half REAL, tod TIME);
CREATE VIEW big_bids AS SELECT auction, bidder, price FROM bids WHERE price > 100;
CREATE VIEW totals AS SELECT auction, count(*) AS n, sum(price) AS total FROM bids GROUP BY auction;
