-- Variance and deviation, of a sample and of a population.
-- from: postgres 15
SELECT paid, round(CAST(stddev(units / 1000) AS DECIMAL(38, 6)), 2) AS deviation, round(CAST(var_pop(quantity) AS DECIMAL(38, 6)), 2) AS variance
FROM orders
WHERE units BETWEEN -10 AND 1000000
GROUP BY paid;
-- rows:
-- paid | deviation | variance
-- false | 393.75 | 247076458.32
-- true | 414.04 | 226732029.23
-- NULL | 354.17 | 360037209.97
