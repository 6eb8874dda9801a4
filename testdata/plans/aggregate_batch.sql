-- A snapshot needs no window.
CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT channel, count(*), avg(price) FROM bids GROUP BY channel HAVING count(*) > 2 AND channel <> 'x';
