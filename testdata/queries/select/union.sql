-- UNION without ALL drops equal rows.
-- from: postgres 15
SELECT quantity FROM orders
UNION
SELECT units FROM orders WHERE units BETWEEN -10 AND 10;
-- rows:
-- quantity
-- NULL
-- -32768
-- -5
-- 5
-- 2
-- 7
-- 1
-- 3
-- 0
-- 32767
-- -4
