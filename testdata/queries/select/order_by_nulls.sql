-- NULLs come last ascending and first descending, unless the query says otherwise.
-- from: postgres 15
SELECT id, amount, customer
FROM orders
ORDER BY amount DESC NULLS LAST, customer NULLS FIRST, id;
