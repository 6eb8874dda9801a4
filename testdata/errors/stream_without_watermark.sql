CREATE TABLE bids (auction BIGINT, at TIMESTAMP) WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
CREATE TABLE totals (auction BIGINT, n BIGINT, day DATE)
WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'totals', format = 'json');
INSERT INTO totals (auction, n)
SELECT auction, count(*) FROM TUMBLE(bids, at, INTERVAL '10 seconds') GROUP BY window_start, auction;
-- error:
-- error: the window's column "at" has no watermark, so no window would ever close -- 42P20, stream_without_watermark.sql line 5, column 1
--   5 | SELECT auction, count(*) FROM TUMBLE(bids, at, INTERVAL '10 seconds') GROUP BY window_start, auction;
--     | ^
-- hint: Declare WATERMARK FOR at AS at - INTERVAL '5' SECOND in CREATE TABLE; or run it with --mode batch, or give the source an end with scan.end = 'latest'.
