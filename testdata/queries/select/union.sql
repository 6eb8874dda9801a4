-- UNION without ALL drops equal rows.
-- from: postgres 15
SELECT quantity FROM orders
UNION
SELECT units FROM orders WHERE units BETWEEN -10 AND 10;
