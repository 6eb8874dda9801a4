CREATE TABLE t (a INT, b TEXT, c TIMESTAMP, d DECIMAL(10,2)) WITH (connector = 'file', path = 't.json', format = 'json');
SELECT a FROM t FETCH FIRST 3 ROWS WITH TIES;
-- error:
-- error: WITH TIES cannot be specified without ORDER BY clause -- 42601, with_ties_no_order.sql line 2, column 29
--   2 | SELECT a FROM t FETCH FIRST 3 ROWS WITH TIES;
--     |                             ^
-- hint: Say by what rows are ties with ORDER BY, or write ONLY.
