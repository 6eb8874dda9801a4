CREATE TABLE t (a BIGINT, b TEXT, a TEXT) WITH (connector = 'kafka', brokers = 'b:1', topic = 't', format = 'json');
-- error:
-- error: column "a" is declared twice -- 42701, duplicate_column.sql line 1, column 35
--   1 | CREATE TABLE t (a BIGINT, b TEXT, a TEXT) WITH (connector = 'kafka', brokers = 'b:1', topic = 't', format = 'json');
--     |                                   ^
