CREATE TABLE bids (auction BIGINT, price BIGINT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT CASE WHEN price > 1 THEN generate_series(1, 2) END FROM bids;
-- error:
-- error: set-returning functions are not allowed in CASE -- 0A000, set_in_case.sql line 3, column 33
--   3 | SELECT CASE WHEN price > 1 THEN generate_series(1, 2) END FROM bids;
--     |                                 ^
-- hint: Move it into FROM, as in FROM t, generate_series(…) AS f.
