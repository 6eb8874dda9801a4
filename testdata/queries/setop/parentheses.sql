-- Parentheses decide, also over ORDER BY and LIMIT.
-- from: postgres 15
(SELECT id FROM orders ORDER BY id DESC LIMIT 5) EXCEPT ((SELECT max(id) FROM orders) UNION SELECT 1) ORDER BY id;
-- rows:
-- id
-- 236
-- 237
-- 238
-- 239
