-- Event time may be computed; only what it needs is read.
CREATE TABLE bids (auction BIGINT, price BIGINT, ms BIGINT, at AS to_timestamp_ms(ms), WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
CREATE TABLE totals (auction BIGINT, n BIGINT, day DATE)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'totals', format = 'json');
INSERT INTO totals (n) SELECT sum(price % 2) FROM TUMBLE(bids, at, INTERVAL '10 seconds') GROUP BY window_start;
