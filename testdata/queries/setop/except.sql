-- EXCEPT drops what the right side has at all.
-- from: postgres 15
SELECT customer, 1 AS one FROM orders EXCEPT SELECT customer, 1 AS one FROM orders WHERE paid;
-- rows:
-- customer | one
