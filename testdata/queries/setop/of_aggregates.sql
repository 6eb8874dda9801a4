-- Set operations over aggregates; the common type of a sum and a number with decimals.
-- from: postgres 15
SELECT paid, count(*)::DECIMAL(10, 1) AS n FROM orders GROUP BY paid EXCEPT SELECT paid, 0.5 FROM orders INTERSECT SELECT NULL, 1.0;
-- rows:
-- paid | n
-- false | 73.0
-- true | 88.0
-- NULL | 79.0
