-- Common table expressions that use one another, and a table alias with column names.
-- from: postgres 15
WITH cheap AS (SELECT id, amount FROM orders WHERE amount < 5),
     few (n, a) AS (SELECT id, amount FROM cheap WHERE id % 3 = 0)
SELECT f.n + 1 AS next, f.a
FROM few AS f
WHERE f.n > 30;
-- rows:
-- next | a
-- 37 | 0.01
-- 40 | 1.10
-- 43 | 1.10
-- 46 | 1.10
-- 49 | 1.10
-- 61 | 1.10
-- 67 | 0.01
-- 70 | 0.00
-- 73 | 0.00
-- 82 | 1.10
-- 88 | 0.01
-- 91 | 0.00
-- 103 | -3.75
-- 106 | 0.01
-- 109 | 0.00
-- 118 | 1.10
-- 130 | 1.10
-- 139 | 0.00
-- 142 | 0.00
-- 145 | 0.01
-- 151 | 0.00
-- 157 | 1.10
-- 160 | 0.01
-- 163 | 0.00
-- 169 | 0.01
-- 181 | 1.10
-- 184 | 1.10
-- 193 | 0.00
-- 196 | 1.10
-- 205 | 1.10
-- 220 | 0.01
-- 223 | 0.01
-- 226 | 0.00
-- 232 | 0.00
