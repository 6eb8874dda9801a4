-- JSON objects from keys to values; of JSONB the keys are in its own order and each is there once.
-- from: postgres 15
SELECT paid, json_object_agg(id, customer ORDER BY id) AS names, jsonb_object_agg(customer, id ORDER BY id) AS last, jsonb_agg(customer ORDER BY id DESC) AS down
FROM orders WHERE id <= 16
GROUP BY paid;
-- rows:
-- paid | names | last | down
-- false | "{ \"2\" : \"李雷\", \"7\" : \"\", \"10\" : \"\", \"13\" : \"Björn\" }" | "{\"\": 10, \"Björn\": 13, \"李雷\": 2}" | "[\"Björn\", \"\", \"\", \"李雷\"]"
-- true | "{ \"1\" : \"back\\\\slash\", \"3\" : \"\", \"4\" : \"ZOË\", \"6\" : \"back\\\\slash\", \"8\" : \"naïve\", \"9\" : \"Ana\", \"14\" : \"\", \"16\" : \"Ana\" }" | "{\"\": 14, \"Ana\": 16, \"ZOË\": 4, \"naïve\": 8, \"back\\\\slash\": 6}" | "[\"Ana\", \"\", \"Ana\", \"naïve\", \"back\\\\slash\", \"ZOË\", \"\", \"back\\\\slash\"]"
-- NULL | "{ \"5\" : \"a%b\", \"11\" : \"O'Hara\", \"12\" : \"ZOË\", \"15\" : \"李雷\" }" | "{\"a%b\": 5, \"ZOË\": 12, \"O'Hara\": 11, \"李雷\": 15}" | "[\"李雷\", \"ZOË\", \"O'Hara\", \"a%b\"]"
