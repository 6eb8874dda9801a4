CREATE TABLE t (a BIGINT) WITH (connector = 'kafak', topic = 't');
-- error:
-- error: there is no connector "kafak" -- 42704, unknown_connector.sql line 1, column 45
--   1 | CREATE TABLE t (a BIGINT) WITH (connector = 'kafak', topic = 't');
--     |                                             ^
-- hint: Did you mean "kafka"?
