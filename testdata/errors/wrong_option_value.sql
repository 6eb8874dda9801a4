CREATE TABLE t (a BIGINT) WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 't', format = 'json', on_error = 'ignore');
-- error:
-- error: option "on_error": "ignore" is none of 'fail', 'skip', 'dead_letter' -- 22023, wrong_option_value.sql line 1, column 123
--   1 | CREATE TABLE t (a BIGINT) WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 't', format = 'json', on_error = 'ignore');
--     |                                                                                                                           ^
-- hint: What to do with a record that cannot be decoded: 'fail', or 'skip' and count it.
