-- Without rows every one of these is NULL, but for the counts.
-- from: postgres 15
SELECT string_agg(customer, ',') AS s, array_agg(id) AS a, json_agg(id) AS j, jsonb_agg(id) AS jb, json_object_agg(id, id) AS o,
       mode() WITHIN GROUP (ORDER BY id) AS m, percentile_cont(0.5) WITHIN GROUP (ORDER BY id) AS c, percentile_disc(0.5) WITHIN GROUP (ORDER BY id) AS d,
       percentile_cont(ARRAY[0.1, 0.9]) WITHIN GROUP (ORDER BY id) AS ca,
       count(DISTINCT customer) AS n, sum(DISTINCT id) AS t, sum(at - at) AS i, avg(at - at) AS ai
FROM orders WHERE id < 0;
-- rows:
-- s | a | j | jb | o | m | c | d | ca | n | t | i | ai
-- NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | 0 | NULL | NULL | NULL
