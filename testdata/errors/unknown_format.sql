CREATE TABLE t (a BIGINT) WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 't', format = 'jsno');
SELECT * FROM t;
