-- Rows of two queries with types that meet in the wider one.
-- from: postgres 15
SELECT id, quantity AS v FROM orders WHERE id < 20
UNION ALL
SELECT auction, price FROM bids WHERE price > 99000
UNION ALL
SELECT 0, NULL;
-- rows:
-- id | v
-- 1 | 7
-- 2 | 2
-- 3 | 0
-- 4 | 32767
-- 5 | 2
-- 6 | NULL
-- 7 | 2
-- 8 | 3
-- 9 | NULL
-- 10 | -4
-- 11 | 0
-- 12 | 1
-- 13 | 0
-- 14 | 32767
-- 15 | 0
-- 16 | -4
-- 17 | 32767
-- 18 | 32767
-- 19 | -32768
-- 1000 | 99483
-- 1010 | 99713
-- 1009 | 99006
-- 1002 | 99386
-- 0 | NULL
