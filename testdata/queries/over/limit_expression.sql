-- LIMIT and OFFSET as expressions; LIMIT ALL and NULL are none.
-- from: postgres 15
SELECT id FROM (SELECT id FROM orders ORDER BY id LIMIT 2 * 3 OFFSET '4') AS a
UNION ALL SELECT id FROM (SELECT id FROM orders ORDER BY id DESC LIMIT ALL OFFSET 236.5) AS b
UNION ALL (SELECT id FROM orders ORDER BY id LIMIT NULL OFFSET 238) ORDER BY id;
-- rows:
-- id
-- 1
-- 2
-- 3
-- 5
-- 6
-- 7
-- 8
-- 9
-- 10
-- 239
-- 240
