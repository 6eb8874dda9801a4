-- Equal rows once, NULLs being equal here.
-- from: postgres 15
SELECT DISTINCT paid, quantity FROM orders;
