CREATE TABLE t (a BIGINTEGER) WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 't', format = 'json');
-- error:
-- error: type "biginteger" does not exist -- 42704, unknown_type.sql line 1, column 19
--   1 | CREATE TABLE t (a BIGINTEGER) WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 't', format = 'json');
--     |                   ^
-- hint: Did you mean "INTEGER"?
