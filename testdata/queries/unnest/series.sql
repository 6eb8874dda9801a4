-- A series counts in steps, up or down.
-- from: postgres 15
SELECT n, n * n AS square FROM generate_series(1, 10, 3) AS n;
-- rows:
-- n | square
-- 1 | 1
-- 4 | 16
-- 7 | 49
-- 10 | 100
