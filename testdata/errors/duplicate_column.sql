CREATE TABLE t (a BIGINT, b TEXT, a TEXT) WITH (connector = 'kafka', brokers = 'b:1', topic = 't', format = 'json');
