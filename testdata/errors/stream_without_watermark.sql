CREATE TABLE bids (auction BIGINT, at TIMESTAMP) WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
CREATE TABLE totals (auction BIGINT, n BIGINT, day DATE)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'totals', format = 'json');
INSERT INTO totals (auction, n)
SELECT auction, count(*) FROM TUMBLE(bids, at, INTERVAL '10 seconds') GROUP BY window_start, auction;
