-- Arrays of every basic type, NULLs among the elements, in several orders.
-- from: postgres 15
SELECT paid,
       array_agg(id ORDER BY id) AS ids,
       array_agg(quantity ORDER BY quantity, id) AS nulls_last,
       array_agg(quantity ORDER BY quantity DESC, id) AS nulls_first,
       array_agg(amount ORDER BY amount NULLS FIRST, id DESC) AS amounts,
       array_agg(weight ORDER BY id) AS weights,
       array_agg(day ORDER BY day DESC NULLS LAST, id) AS days,
       array_agg(paid ORDER BY id) FILTER (WHERE id > 15) AS flags,
       array_agg(at ORDER BY at) FILTER (WHERE id < 8) AS times,
       array_agg(id) FILTER (WHERE id < 0) AS none
FROM orders WHERE id <= 30
GROUP BY paid;
-- rows:
-- paid | ids | nulls_last | nulls_first | amounts | weights | days | flags | times | none
-- false | {2,7,10,13,20,21,26,30} | {-4,-4,0,1,1,2,2,3} | {3,2,2,1,1,0,-4,-4} | {NULL,NULL,-3.75,0.00,0.00,1.10,1000.05,1000.05} | {0,100,-2.25,100,NULL,-2.25,100,0} | {2026-11-26,2026-10-26,2026-05-07,2026-03-02,2026-01-18,2025-08-29,2025-08-23,2025-06-20} | {f,f,f,f} | "{\"2026-01-01 00:00:04.494\",\"2026-01-01 00:00:12.55\"}" | NULL
-- true | {1,3,4,6,8,9,14,16,17,18,22,27,28} | {-4,0,0,2,3,7,32767,32767,32767,32767,32767,NULL,NULL} | {NULL,NULL,32767,32767,32767,32767,32767,7,3,2,0,0,-4} | {NULL,-3.75,-3.75,0.00,0.00,0.00,0.01,1.10,12.50,12.50,1000.05,1000.05,99999999.99} | {1.5,10000000000,3.141592653589793,NULL,NULL,1.5,1e-07,1.5,100,100,100,1e-07,-2.25} | {2026-10-27,2026-09-14,2026-09-13,2026-09-11,2026-08-02,2026-05-29,2026-04-07,2026-02-07,2025-09-29,2025-07-11,2025-05-20,2025-02-27,NULL} | {t,t,t,t,t,t} | "{\"2026-01-01 00:00:02.221\",\"2026-01-01 00:00:04.988\",\"2026-01-01 00:00:06.019\",\"2026-01-01 00:00:08.84\"}" | NULL
-- NULL | {5,11,12,15,19,23,24,25,29} | {-32768,-32768,0,0,0,1,2,NULL,NULL} | {NULL,NULL,2,1,0,0,0,-32768,-32768} | {-3.75,0.00,0.00,0.01,1.10,1.10,12.50,1000.05,99999999.99} | {NULL,0,1e-07,3.141592653589793,NULL,100,3.141592653589793,1.5,NULL} | {2026-07-29,2026-04-18,2026-03-31,2025-12-24,2025-11-01,2025-04-03,2024-12-08,NULL,NULL} | {NULL,NULL,NULL,NULL,NULL} | "{\"2026-01-01 00:00:08.259\"}" | NULL
