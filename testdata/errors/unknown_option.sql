CREATE TABLE t (a BIGINT) WITH (connector = 'kafka', broker = 'localhost:9092', topic = 't', format = 'json');
-- error:
-- error: connector "kafka" has no option "broker" -- 22023, unknown_option.sql line 1, column 54
--   1 | CREATE TABLE t (a BIGINT) WITH (connector = 'kafka', broker = 'localhost:9092', topic = 't', format = 'json');
--     |                                                      ^
-- hint: Did you mean "brokers"?
