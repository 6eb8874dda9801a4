-- Variance and deviation, of a sample and of a population.
-- from: postgres 15
SELECT paid, round(CAST(stddev(units / 1000) AS DECIMAL(38, 6)), 2) AS deviation, round(CAST(var_pop(quantity) AS DECIMAL(38, 6)), 2) AS variance
FROM orders
WHERE units BETWEEN -10 AND 1000000
GROUP BY paid;
