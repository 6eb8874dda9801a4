CREATE TABLE t (a BIGINT, WATERMARK FOR a AS a - INTERVAL '5' SECOND) WITH (connector = 'kafka', brokers = 'b:1', topic = 't', format = 'json');
-- error:
-- error: event time is TIMESTAMP or TIMESTAMPTZ, but "a" is BIGINT -- 42804, watermark_not_a_time.sql line 1, column 41
--   1 | CREATE TABLE t (a BIGINT, WATERMARK FOR a AS a - INTERVAL '5' SECOND) WITH (connector = 'kafka', brokers = 'b:1', topic = 't', format = 'json');
--     |                                         ^
-- hint: Declare it as TIMESTAMP, or add a computed column such as ts AS to_timestamp_ms(a).
