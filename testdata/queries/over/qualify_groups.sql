-- QUALIFY over groups, with a named window.
-- from: postgres 15
-- oracle: SELECT * FROM (SELECT customer, paid, sum(units) AS u, row_number() OVER (PARTITION BY customer ORDER BY sum(units) DESC, paid) AS n FROM orders GROUP BY customer, paid) AS t WHERE n = 1
SELECT customer, paid, sum(units) AS u, row_number() OVER w AS n
FROM orders GROUP BY customer, paid WINDOW w AS (PARTITION BY customer ORDER BY sum(units) DESC, paid) QUALIFY row_number() OVER w = 1;
-- rows:
-- customer | paid | u | n
-- "" | true | -2145483651 | 1
-- "  pad " | true | 2148483659 | 1
-- Ana | false | 2147483647 | 1
-- Björn | NULL | 2147483643 | 1
-- O'Hara | false | 1000006 | 1
-- ZOË | true | 1000015 | 1
-- a%b | NULL | 2147483646 | 1
-- back\slash | true | 1000006 | 1
-- naïve | true | 2149483646 | 1
-- "tab\there" | false | -5 | 1
-- x_y | true | 2148483647 | 1
-- 李雷 | NULL | 4295967299 | 1
-- NULL | false | 2149483642 | 1
