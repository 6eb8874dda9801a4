CREATE TABLE t (a BIGINTEGER) WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 't', format = 'json');
