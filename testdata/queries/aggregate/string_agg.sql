-- Texts put together in an order of their own: NULLs are left out, and so are rows that FILTER rejects; of nothing it is NULL.
-- from: postgres 15
SELECT paid,
       string_agg(customer, ',' ORDER BY customer, id) AS names,
       string_agg(customer, '; ' ORDER BY amount DESC NULLS LAST, id) FILTER (WHERE quantity > 1) AS by_amount,
       string_agg(CAST(quantity AS TEXT), customer ORDER BY id) AS separated_by_rows,
       string_agg(customer, ',' ORDER BY id) FILTER (WHERE id < 0) AS none
FROM orders WHERE id <= 40
GROUP BY paid;
-- rows:
-- paid | names | by_amount | separated_by_rows | none
-- false | ",,,,  pad ,Björn,naïve,tab\there,x_y,李雷,李雷" | "李雷; 李雷; ;   pad " | "22-4Björn0-4李雷31x_y1  pad 2tab\there-4naïve-4" | NULL
-- true | ",,,Ana,Ana,Ana,Ana,O'Hara,ZOË,ZOË,back\\slash,back\\slash,naïve,naïve,tab\there,x_y" | "naïve; ; ZOË; x_y; ; back\\slash; tab\there; ZOË; Ana; Ana" | "70ZOË32767naïve332767Ana-4Ana32767x_y32767Ana232767O'Hara0ZOË32767tab\there3naïve1" | NULL
-- NULL | "  pad ,Björn,O'Hara,ZOË,a%b,naïve,naïve,tab\there,x_y,x_y,李雷,李雷" | naïve; x_y; naïve; a%b | 2O'Hara0ZOË1李雷0李雷-32768Björn0  pad -32768naïve3x_y3naïve2 | NULL
