CREATE TABLE t (a BIGINT, PRIMARY KEY (b)) WITH (connector = 'cassandra', hosts = 'h', keyspace = 'k');
-- error:
-- error: column "b" does not exist in table "t" -- 42703, primary_key_unknown.sql line 1, column 40
--   1 | CREATE TABLE t (a BIGINT, PRIMARY KEY (b)) WITH (connector = 'cassandra', hosts = 'h', keyspace = 'k');
--     |                                        ^
-- hint: There are: a.
