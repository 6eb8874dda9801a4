-- The string functions, on text that is empty, padded and not ASCII.
-- from: postgres 15
SELECT id, length(customer) AS len, octet_length(customer) AS bytes, upper(customer) AS up, lower(customer) AS low, trim(customer) AS trimmed,
       substring(customer FROM 2 FOR 3) AS mid, left(customer, 2) AS l, right(customer, 2) AS r, replace(customer, 'a', '*') AS rep,
       strpos(customer, 'a') AS at_, lpad(customer, 6, '.') AS padded, reverse(customer) AS back, customer || '!' AS cat, concat(customer, '-', quantity) AS con
FROM orders;
