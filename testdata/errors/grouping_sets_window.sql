CREATE TABLE bids (auction BIGINT, price BIGINT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
SELECT count(*) FROM bids GROUP BY ROLLUP (TUMBLE(at, INTERVAL '10' SECOND), auction);
-- error:
-- error: a window can't be a part of grouping sets -- 0A000, grouping_sets_window.sql line 3, column 44
--   3 | SELECT count(*) FROM bids GROUP BY ROLLUP (TUMBLE(at, INTERVAL '10' SECOND), auction);
--     |                                            ^
-- hint: Put the window into FROM, as in FROM TUMBLE(t, ts, INTERVAL '10' SECOND), and group by window_start.
