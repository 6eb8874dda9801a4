-- One pair, pairs with one x, with one y, and none.
-- from: postgres 15
SELECT paid,
       corr(units, quantity) FILTER (WHERE id = 1) AS one, covar_samp(units, quantity) FILTER (WHERE id IN (1, 2)) AS samp, covar_pop(units, quantity) FILTER (WHERE id IN (1, 2)) AS pop,
       regr_slope(id, 5) AS flat_x, regr_r2(5, id) AS flat_y, regr_intercept(5, id) AS level, regr_r2(id, 5) AS undefined,
       regr_avgx(id, id) FILTER (WHERE id < 0) AS none, regr_count(id, quantity) FILTER (WHERE id < 0) AS zero
FROM orders
GROUP BY paid;
-- rows:
-- paid | one | samp | pop | flat_x | flat_y | level | undefined | none | zero
-- NULL | NULL | NULL | NULL | NULL | 1 | 5 | NULL | NULL | 0
-- false | NULL | NULL | 0 | NULL | 1 | 5 | NULL | NULL | 0
-- true | NULL | NULL | 0 | NULL | 1 | 5 | NULL | NULL | 0
