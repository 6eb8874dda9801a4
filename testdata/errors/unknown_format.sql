CREATE TABLE t (a BIGINT) WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 't', format = 'jsno');
SELECT * FROM t;
-- error:
-- error: there is no format "jsno" -- 22023, unknown_format.sql line 1, column 104
--   1 | CREATE TABLE t (a BIGINT) WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 't', format = 'jsno');
--     |                                                                                                        ^
-- hint: Did you mean "json"?
