SELECT a + 1 FROM (SELECT amount * 2 AS a, id FROM orders) x;
-- before:
-- Project a + 1. AS ?column?
--   Project amount * 2. AS a, id
--     Scan orders [id, customer, amount, day]
-- after:
-- Project (amount * 2.) + 1. AS ?column?
--   Scan orders [id, customer, amount, day]
