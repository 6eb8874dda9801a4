CREATE TABLE t (a BIGINT, PRIMARY KEY (b)) WITH (connector = 'cassandra', hosts = 'h', keyspace = 'k');
