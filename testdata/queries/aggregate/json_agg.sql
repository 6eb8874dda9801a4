-- JSON arrays: numbers, texts with quotes, times, NULLs.
-- from: postgres 15
SELECT paid, json_agg(customer ORDER BY id) AS names, json_agg(amount ORDER BY id) AS amounts, json_agg(weight ORDER BY id) AS weights,
       json_agg(at ORDER BY id) AS times, json_agg(day ORDER BY id) AS days, json_agg(quantity ORDER BY id) FILTER (WHERE quantity IS NULL) AS nulls
FROM orders WHERE id <= 16
GROUP BY paid;
-- rows:
-- paid | names | amounts | weights | times | days | nulls
-- false | "[\"李雷\", \"\", \"\", \"Björn\"]" | [1000.05, -3.75, 0.00, null] | [0, 100, -2.25, 100] | "[\"2026-01-01T00:00:04.494\", \"2026-01-01T00:00:12.55\", \"2026-01-01T00:00:15.605\", \"2026-01-01T00:00:20.986\"]" | "[\"2026-10-26\", \"2025-08-23\", \"2025-08-29\", \"2026-01-18\"]" | NULL
-- true | "[\"back\\\\slash\", \"\", \"ZOË\", \"back\\\\slash\", \"naïve\", \"Ana\", \"\", \"Ana\"]" | [1.10, null, 0.01, 99999999.99, 1000.05, 0.00, 1000.05, 0.00] | [1.5, 10000000000, 3.141592653589793, null, null, 1.5, 1e-07, 1.5] | "[\"2026-01-01T00:00:02.221\", \"2026-01-01T00:00:04.988\", \"2026-01-01T00:00:06.019\", \"2026-01-01T00:00:08.84\", \"2026-01-01T00:00:12.756\", \"2026-01-01T00:00:15.051\", \"2026-01-01T00:00:21.45\", \"2026-01-01T00:00:26.145\"]" | "[null, \"2026-02-07\", \"2026-08-02\", \"2025-07-11\", \"2025-05-20\", \"2025-02-27\", \"2026-09-14\", \"2026-05-29\"]" | [null, null]
-- NULL | "[\"a%b\", \"O'Hara\", \"ZOË\", \"李雷\"]" | [-3.75, 99999999.99, 0.00, 0.00] | [null, 0, 1e-07, 3.141592653589793] | "[\"2026-01-01T00:00:08.259\", \"2026-01-01T00:00:16.747\", \"2026-01-01T00:00:17.79\", \"2026-01-01T00:00:23.641\"]" | "[\"2025-04-03\", \"2024-12-08\", null, \"2025-11-01\"]" | NULL
