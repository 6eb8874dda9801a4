SELECT c, count(*) FROM (SELECT customer AS c FROM orders) x GROUP BY c;
-- before:
-- Project c, count(*) AS count
--   Aggregate [c] count(*)
--     Project customer AS c
--       Scan orders [id, customer, amount, day]
-- after:
-- Project c, count(*) AS count
--   Aggregate [customer] count(*)
--     Scan orders [id, customer, amount, day]
