-- Variances of integers and decimals are exact: of numbers that are far from zero too.
-- from: postgres 15
SELECT paid,
       round(var_pop(quantity), 8) AS small, round(var_samp(units), 0) AS middle, round(stddev(id), 12) AS large,
       round(variance(amount), 3) AS decimals, round(stddev_pop(amount), 4) AS root,
       round(stddev_samp(id + 4611686018427387904), 12) AS far,
       round(var_pop(DISTINCT quantity), 8) AS dist, stddev(quantity) FILTER (WHERE id = 3) AS one, var_pop(id) FILTER (WHERE id < 0) AS none
FROM orders
GROUP BY paid;
-- rows:
-- paid | small | middle | large | decimals | root | far | dist | one | none
-- false | 202068862.62129805 | 1250666998876699139 | 69.930134736694 | 1111107498368374.936 | 33071837.6222 | 69.930134736694 | 268427273.00000000 | NULL | NULL
-- true | 232702673.93354672 | 1106452251028863375 | 68.595842651353 | 932396903269648.191 | 30338805.1317 | 68.595842651353 | 268427273.00000000 | NULL | NULL
-- NULL | 307444945.01275952 | 1656222363518676475 | 68.385781124774 | 1410253278647751.279 | 37267758.2466 | 68.385781124774 | 268427273.00000000 | NULL | NULL
