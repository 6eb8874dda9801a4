CREATE TABLE bids (auction BIGINT, at TIMESTAMP) WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json');
CREATE TABLE seen (auction BIGINT) WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'seen', format = 'json');
INSERT INTO seen SELECT auction FROM bids EXCEPT ALL SELECT 1;
-- error:
-- error: EXCEPT ALL over an unbounded input is not supported -- 0A000, stream_except.sql line 3, column 18
--   3 | INSERT INTO seen SELECT auction FROM bids EXCEPT ALL SELECT 1;
--     |                  ^
-- hint: Tell the rows apart with WHERE; or run it with --mode batch, or give the source an end with scan.end = 'latest'.
