CREATE TABLE t (a BIGINT) WITH (connector = 'kafka', topic = 't', format = 'json');
SELECT * FROM t;
