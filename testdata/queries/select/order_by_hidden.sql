-- An order by what is not selected, with a limit and an offset.
-- from: postgres 15
SELECT customer
FROM orders
ORDER BY weight DESC NULLS LAST, id DESC
LIMIT 10 OFFSET 5;
-- rows:
-- customer
-- Ana
-- a%b
-- 李雷
-- Ana
-- Ana
-- back\slash
-- 李雷
-- back\slash
-- "tab\there"
-- 李雷
