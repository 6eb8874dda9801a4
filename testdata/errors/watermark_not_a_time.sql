CREATE TABLE t (a BIGINT, WATERMARK FOR a AS a - INTERVAL '5' SECOND) WITH (connector = 'kafka', brokers = 'b:1', topic = 't', format = 'json');
