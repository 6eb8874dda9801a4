-- Window functions over the groups of an aggregation.
-- from: postgres 15
SELECT customer, sum(amount) AS total, sum(sum(amount)) OVER (ORDER BY customer NULLS FIRST) AS running, rank() OVER (ORDER BY count(*) DESC, customer) AS r,
       count(*) * 100 / sum(count(*)) OVER () > 10 AS large
FROM orders GROUP BY customer HAVING count(*) > 2;
-- rows:
-- customer | total | running | r | large
-- NULL | 1069.80 | 1069.80 | 3 | false
-- "" | 300004033.02 | 300005102.82 | 1 | false
-- "  pad " | 200005019.94 | 500010122.76 | 6 | false
-- Ana | 300000019.67 | 800010142.43 | 7 | false
-- Björn | 400002019.19 | 1200012161.62 | 2 | false
-- O'Hara | 300003012.20 | 1500015173.82 | 4 | false
-- ZOË | 100002037.17 | 1600017210.99 | 10 | false
-- a%b | 200003039.38 | 1800020250.37 | 8 | false
-- back\slash | 299999999.54 | 2100020249.91 | 11 | false
-- naïve | 200000997.10 | 2300021247.01 | 5 | false
-- "tab\there" | 100002037.15 | 2400023284.16 | 12 | false
-- x_y | 200004037.72 | 2600027321.88 | 9 | false
-- 李雷 | 100003012.20 | 2700030334.08 | 13 | false
