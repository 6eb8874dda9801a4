-- Bytes put together, arrays within JSON, JSON within JSON.
-- from: postgres 15
-- oracle: SELECT paid, string_agg(CAST(customer AS BYTEA), '\x2c' ORDER BY id) AS bytes, json_agg(names ORDER BY id) AS arrays, jsonb_agg(names ORDER BY id) AS binary_arrays, jsonb_object_agg(id, tree ORDER BY id) AS trees FROM (SELECT id, paid, replace(customer, '\', '/') AS customer, string_to_array(customer, 'a') AS names, jsonb_build_object('b', id, 'a', amount) AS tree FROM orders WHERE id <= 12) AS o GROUP BY paid
SELECT paid, string_agg(CAST(customer AS BYTEA), CAST(',' AS BYTEA) ORDER BY id) AS bytes, json_agg(names ORDER BY id) AS arrays, jsonb_agg(names ORDER BY id) AS binary_arrays, jsonb_object_agg(id, tree ORDER BY id) AS trees
FROM (SELECT id, paid, replace(customer, '\', '/') AS customer, string_to_array(customer, 'a') AS names,
             CAST('{"b": ' || CAST(id AS TEXT) || ', "a":' || coalesce(CAST(amount AS TEXT), 'null') || '}' AS JSON) AS tree FROM orders WHERE id <= 12) AS o
GROUP BY paid;
-- rows:
-- paid | bytes | arrays | binary_arrays | trees
-- false | \xe69d8ee99bb72c2c | "[[\"李雷\"], \n [], \n []]" | "[[\"李雷\"], [], []]" | "{\"2\": {\"a\": 1000.05, \"b\": 2}, \"7\": {\"a\": -3.75, \"b\": 7}, \"10\": {\"a\": 0.00, \"b\": 10}}"
-- true | \x6261636b2f736c6173682c2c5a4fc38b2c6261636b2f736c6173682c6e61c3af76652c416e61 | "[[\"b\",\"ck\\\\sl\",\"sh\"], \n [], \n [\"ZOË\"], \n [\"b\",\"ck\\\\sl\",\"sh\"], \n [\"n\",\"ïve\"], \n [\"An\",\"\"]]" | "[[\"b\", \"ck\\\\sl\", \"sh\"], [], [\"ZOË\"], [\"b\", \"ck\\\\sl\", \"sh\"], [\"n\", \"ïve\"], [\"An\", \"\"]]" | "{\"1\": {\"a\": 1.10, \"b\": 1}, \"3\": {\"a\": null, \"b\": 3}, \"4\": {\"a\": 0.01, \"b\": 4}, \"6\": {\"a\": 99999999.99, \"b\": 6}, \"8\": {\"a\": 1000.05, \"b\": 8}, \"9\": {\"a\": 0.00, \"b\": 9}}"
-- NULL | \x6125622c4f27486172612c5a4fc38b | "[[\"\",\"%b\"], \n [\"O'H\",\"r\",\"\"], \n [\"ZOË\"]]" | "[[\"\", \"%b\"], [\"O'H\", \"r\", \"\"], [\"ZOË\"]]" | "{\"5\": {\"a\": -3.75, \"b\": 5}, \"11\": {\"a\": 99999999.99, \"b\": 11}, \"12\": {\"a\": 0.00, \"b\": 12}}"
