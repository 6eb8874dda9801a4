CREATE TABLE t (a INT, b TEXT, c TIMESTAMP, d DECIMAL(10,2)) WITH (connector = 'file', path = 't.json', format = 'json');
SELECT sum(a) OVER (ORDER BY a ROWS 1 PRECEDING EXCLUDE ROW) FROM t;
-- error:
-- error: syntax error at or near "ROW" -- 42601, over_exclude_typo.sql line 2, column 57
--   2 | SELECT sum(a) OVER (ORDER BY a ROWS 1 PRECEDING EXCLUDE ROW) FROM t;
--     |                                                         ^
-- hint: Expected CURRENT ROW, GROUP, TIES or NO OTHERS.
