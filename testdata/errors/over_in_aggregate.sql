CREATE TABLE t (a INT, b TEXT, c TIMESTAMP, d DECIMAL(10,2)) WITH (connector = 'file', path = 't.json', format = 'json');
SELECT sum(rank() OVER (ORDER BY a)) FROM t;
-- error:
-- error: aggregate function calls cannot contain window function calls -- 42803, over_in_aggregate.sql line 2, column 12
--   2 | SELECT sum(rank() OVER (ORDER BY a)) FROM t;
--     |            ^
-- hint: Compute it in a derived table, and use its column here.
