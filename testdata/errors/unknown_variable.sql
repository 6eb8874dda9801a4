CREATE TABLE t (a BIGINT) WITH (connector = 'kafka', brokers = '${BROKERS_OF_NOWHERE}', topic = 't', format = 'json');
