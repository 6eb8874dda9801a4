SELECT amount * (2 + 3) FROM orders WHERE 1 = 1 AND id > 10 - 4;
-- before:
-- Project amount * 5. AS ?column?
--   Filter 1 = 1 AND id > 6
--     Scan orders [id, customer, amount, day]
-- after:
-- Project amount * 5. AS ?column?
--   Filter id > 6
--     Scan orders [id, customer, amount, day]
