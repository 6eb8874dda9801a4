-- CASE, COALESCE, NULLIF, GREATEST and LEAST; a branch that is not taken does not fail.
-- from: postgres 15
SELECT id, CASE units WHEN 0 THEN 'none' WHEN 1 THEN 'one' ELSE 'many' END AS a, CASE WHEN units <> 0 THEN 100 / units END AS b,
       coalesce(customer, 'nobody') AS c, nullif(quantity, 0) AS d, greatest(quantity, 2, units) AS e, least(amount, 5) AS f
FROM orders;
