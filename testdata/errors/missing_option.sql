CREATE TABLE t (a BIGINT) WITH (connector = 'kafka', topic = 't', format = 'json');
SELECT * FROM t;
-- error:
-- error: connector "kafka" needs the option "brokers" -- 22023, missing_option.sql line 1, column 45
--   1 | CREATE TABLE t (a BIGINT) WITH (connector = 'kafka', topic = 't', format = 'json');
--     |                                             ^
-- hint: Where the cluster is: 'host:port', several with commas between.
