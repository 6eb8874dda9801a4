-- The value that is there most often; of several the first in the order.
-- from: postgres 15
-- oracle: SELECT paid, mode() WITHIN GROUP (ORDER BY customer COLLATE "C") AS name, mode() WITHIN GROUP (ORDER BY quantity) AS quantity, mode() WITHIN GROUP (ORDER BY quantity DESC) AS down, mode() WITHIN GROUP (ORDER BY amount) FILTER (WHERE id > 10) AS amount FROM orders GROUP BY paid
SELECT paid,
       mode() WITHIN GROUP (ORDER BY customer) AS name,
       mode() WITHIN GROUP (ORDER BY quantity) AS quantity,
       mode() WITHIN GROUP (ORDER BY quantity DESC) AS down,
       mode() WITHIN GROUP (ORDER BY amount) FILTER (WHERE id > 10) AS amount
FROM orders
GROUP BY paid;
-- rows:
-- paid | name | quantity | down | amount
-- false | "" | -4 | -4 | 1.10
-- true | "" | 0 | 32767 | 1.10
-- NULL | naïve | -32768 | -32768 | 0.00
