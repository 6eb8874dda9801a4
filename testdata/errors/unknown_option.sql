CREATE TABLE t (a BIGINT) WITH (connector = 'kafka', broker = 'localhost:9092', topic = 't', format = 'json');
