SELECT o.id FROM orders o, customers c WHERE o.customer = c.id AND c.nation = 1 AND o.amount > 5 OR o.customer = c.id
AND c.nation = 2 AND o.amount < 3;
-- before:
-- Project id
--   Filter (customer = id AND nation = 1 AND amount > 5.00) OR (customer = id AND nation = 2 AND amount < 3.00)
--     Join inner
--       Scan orders [id, customer, amount, day]
--       Scan customers [id, name, nation]
-- after:
-- Project id
--   Filter customer = id AND ((nation = 1 AND amount > 5.00) OR (nation = 2 AND amount < 3.00))
--     Join inner
--       Scan orders [id, customer, amount, day]
--       Scan customers [id, name, nation]
