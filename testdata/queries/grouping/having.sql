-- HAVING sees the keys of each set and what grouping() says of it.
-- from: postgres 15
SELECT coalesce(paid::TEXT, 'all') AS paid, grouping(paid) + 1 AS level, count(*) AS n FROM orders GROUP BY CUBE (paid, quantity) HAVING grouping(quantity) = 1 AND count(*) > 2;
-- rows:
-- paid | level | n
-- all | 2 | 240
-- all | 1 | 79
-- false | 1 | 73
-- true | 1 | 88
