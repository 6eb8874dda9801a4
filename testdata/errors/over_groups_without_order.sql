CREATE TABLE t (a INT, b TEXT, c TIMESTAMP, d DECIMAL(10,2)) WITH (connector = 'file', path = 't.json', format = 'json');
SELECT sum(a) OVER (GROUPS 1 PRECEDING) FROM t;
-- error:
-- error: GROUPS mode requires an ORDER BY clause -- 42P20, over_groups_without_order.sql line 2, column 21
--   2 | SELECT sum(a) OVER (GROUPS 1 PRECEDING) FROM t;
--     |                     ^
-- hint: Say in what order: OVER (ORDER BY … GROUPS …).
