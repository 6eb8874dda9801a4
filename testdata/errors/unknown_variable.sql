CREATE TABLE t (a BIGINT) WITH (connector = 'kafka', brokers = '${BROKERS_OF_NOWHERE}', topic = 't', format = 'json');
-- error:
-- error: the variable ${BROKERS_OF_NOWHERE} has no value -- 42704, unknown_variable.sql line 1, column 65
--   1 | CREATE TABLE t (a BIGINT) WITH (connector = 'kafka', brokers = '${BROKERS_OF_NOWHERE}', topic = 't', format = 'json');
--     |                                                                 ^
-- hint: Give it with --set BROKERS_OF_NOWHERE=… or in the environment.
