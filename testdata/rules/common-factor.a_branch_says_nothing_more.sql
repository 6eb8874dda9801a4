SELECT id FROM orders WHERE customer = 1 OR customer = 1 AND amount > 5;
-- before:
-- Project id
--   Filter customer = 1 OR (customer = 1 AND amount > 5.00)
--     Scan orders [id, customer, amount, day]
-- after:
-- Project id
--   Filter customer = 1
--     Scan orders [id, customer, amount, day]
