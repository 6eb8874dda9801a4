CREATE TABLE t (a BIGINT) WITH (connector = 'kafak', topic = 't');
