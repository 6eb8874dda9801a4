-- What an array was made of can be taken from it, joined and counted again.
-- from: postgres 15
SELECT paid, cardinality(array_agg(id)) AS n, (array_agg(id ORDER BY id DESC))[1] AS last, array_to_string(array_agg(quantity ORDER BY id) FILTER (WHERE id < 20), '-') AS joined
FROM orders
GROUP BY paid;
-- rows:
-- paid | n | last | joined
-- false | 73 | 238 | 2-2--4-0
-- true | 88 | 237 | 7-0-32767-3-32767--4-32767-32767
-- NULL | 79 | 240 | 2-0-1-0--32768
