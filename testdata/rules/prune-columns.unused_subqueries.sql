SELECT name FROM (SELECT name, id IN (SELECT customer FROM orders) AS ordered, (SELECT region FROM nations n WHERE n.id = c.nation) AS region
      FROM customers c) x;
-- before:
-- Project name
--   Join single on id = nation
--     Join mark on id = customer (NULL counts in the last 1)
--       Scan customers [id, name, nation]
--       Project customer
--         Scan orders [id, customer, amount, day]
--     Project region, id
--       Scan nations [id, name, region]
-- after:
-- Project name
--   Scan customers [name]
