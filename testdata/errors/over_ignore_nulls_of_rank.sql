CREATE TABLE t (a INT, b TEXT, c TIMESTAMP, d DECIMAL(10,2)) WITH (connector = 'file', path = 't.json', format = 'json');
SELECT rank() IGNORE NULLS OVER (ORDER BY a) FROM t;
-- error:
-- error: rank does not take IGNORE NULLS -- 42601, over_ignore_nulls_of_rank.sql line 2, column 8
--   2 | SELECT rank() IGNORE NULLS OVER (ORDER BY a) FROM t;
--     |        ^
-- hint: lag, lead, first_value, last_value and nth_value do.
