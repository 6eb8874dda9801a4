CREATE TABLE bids (auction BIGINT, price BIGINT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT auction FROM bids WHERE generate_series(1, price) > 2;
-- error:
-- error: set-returning functions are not allowed in WHERE -- 0A000, set_in_where.sql line 3, column 32
--   3 | SELECT auction FROM bids WHERE generate_series(1, price) > 2;
--     |                                ^
-- hint: Move it into FROM, as in FROM t, generate_series(…) AS f.
