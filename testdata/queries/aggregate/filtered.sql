-- FILTER, and aggregates of Booleans with NULLs among them.
-- from: postgres 15
SELECT quantity, count(*) FILTER (WHERE paid) AS paid, count(*) FILTER (WHERE paid IS NULL) AS unknown,
       bool_and(paid) AS every_one, bool_or(paid) AS any_one, max(amount) FILTER (WHERE amount < 1000) AS below
FROM orders
GROUP BY quantity;
-- rows:
-- quantity | paid | unknown | every_one | any_one | below
-- NULL | 7 | 11 | false | true | 12.50
-- -32768 | 6 | 13 | false | true | 1.10
-- 3 | 12 | 8 | false | true | 12.50
-- 0 | 12 | 9 | false | true | 12.50
-- 32767 | 12 | 7 | false | true | 12.50
-- -4 | 11 | 7 | false | true | 12.50
-- 2 | 9 | 8 | false | true | 12.50
-- 7 | 12 | 6 | false | true | 12.50
-- 1 | 7 | 10 | false | true | 12.50
