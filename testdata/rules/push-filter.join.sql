SELECT o.id FROM orders o JOIN customers c ON o.customer = c.id WHERE o.amount > 3 AND c.nation = 2 AND o.id <
c.nation;
-- before:
-- Project id
--   Filter amount > 3.00 AND nation = 2 AND id < nation
--     Join inner on customer = id
--       Scan orders [id, customer, amount, day]
--       Scan customers [id, name, nation]
-- after:
-- Project id
--   Join inner on customer = id AND id < nation
--     Filter amount > 3.00
--       Scan orders [id, customer, amount, day]
--     Filter nation = 2
--       Scan customers [id, name, nation]
