-- Rows of two queries with types that meet in the wider one.
-- from: postgres 15
SELECT id, quantity AS v FROM orders WHERE id < 20
UNION ALL
SELECT auction, price FROM bids WHERE price > 99000
UNION ALL
SELECT 0, NULL;
