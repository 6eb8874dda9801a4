-- Functions of two variables, rounded to what does not depend on the order of the rows; rows in which either is NULL do not count.
-- from: postgres 15
SELECT paid,
       regr_count(weight, id) AS n,
       round(CAST(corr(id, units) AS DECIMAL(38, 10)), 8) AS corr,
       round(CAST(covar_pop(id, quantity) AS DECIMAL(38, 6)), 4) AS pop, round(CAST(covar_samp(id, quantity) AS DECIMAL(38, 6)), 4) AS samp,
       round(CAST(regr_avgx(units, id) AS DECIMAL(38, 10)), 8) AS x, round(CAST(regr_avgy(id, units) AS DECIMAL(38, 10)), 8) AS y,
       round(CAST(regr_sxx(quantity, id) AS DECIMAL(38, 10)), 6) AS sxx, round(CAST(regr_syy(id, quantity) AS DECIMAL(38, 10)), 6) AS syy,
       round(CAST(regr_sxy(id, quantity) AS DECIMAL(38, 10)), 3) AS sxy,
       round(CAST(regr_slope(quantity, id) AS DECIMAL(38, 12)), 8) AS slope, round(CAST(regr_intercept(quantity, id) AS DECIMAL(38, 12)), 6) AS intercept,
       round(CAST(regr_r2(quantity, id) AS DECIMAL(38, 14)), 10) AS r2
FROM orders
GROUP BY paid;
-- rows:
-- paid | n | corr | pop | samp | x | y | sxx | syy | sxy | slope | intercept | r2
-- NULL | 65 | 0.05708106 | 181354.8869 | 184061.6763 | 124.27692308 | 124.27692308 | 315768.279412 | 315768.279412 | 12332132.309 | 39.05437345 | -8061.140062 | 0.0230373002
-- false | 64 | -0.03065622 | -69328.1147 | -70347.6458 | 132.67796610 | 132.67796610 | 335853.942029 | 335853.942029 | -4783639.913 | -14.24321502 | 1334.518940 | 0.0048867264
-- true | 77 | -0.01021244 | -324299.8506 | -328353.5988 | 104.86486486 | 104.86486486 | 378003.135802 | 378003.135802 | -26268287.901 | -69.49224864 | 9906.925079 | 0.0968460116
