-- Of DISTINCT the order is that of the arguments, or the one it is given over them.
-- from: postgres 15
-- oracle: SELECT paid, string_agg(DISTINCT customer COLLATE "C", ',') AS names, string_agg(DISTINCT customer COLLATE "C", ',' ORDER BY customer COLLATE "C" DESC) AS down, string_agg(DISTINCT CAST(day AS TEXT), ' ') FILTER (WHERE id < 30) AS days FROM orders GROUP BY paid
SELECT paid,
       string_agg(DISTINCT customer, ',') AS names,
       string_agg(DISTINCT customer, ',' ORDER BY customer DESC) AS down,
       string_agg(DISTINCT CAST(day AS TEXT), ' ') FILTER (WHERE id < 30) AS days
FROM orders
GROUP BY paid;
-- rows:
-- paid | names | down | days
-- false | ",  pad ,Ana,Björn,O'Hara,ZOË,a%b,back\\slash,naïve,tab\there,x_y,李雷" | "李雷,x_y,tab\there,naïve,back\\slash,a%b,ZOË,O'Hara,Björn,Ana,  pad ," | 2025-08-23 2025-08-29 2026-01-18 2026-03-02 2026-05-07 2026-10-26 2026-11-26
-- true | ",  pad ,Ana,Björn,O'Hara,ZOË,a%b,back\\slash,naïve,tab\there,x_y,李雷" | "李雷,x_y,tab\there,naïve,back\\slash,a%b,ZOË,O'Hara,Björn,Ana,  pad ," | 2025-02-27 2025-05-20 2025-07-11 2025-09-29 2026-02-07 2026-04-07 2026-05-29 2026-08-02 2026-09-11 2026-09-13 2026-09-14 2026-10-27
-- NULL | ",  pad ,Ana,Björn,O'Hara,ZOË,a%b,back\\slash,naïve,tab\there,x_y,李雷" | "李雷,x_y,tab\there,naïve,back\\slash,a%b,ZOË,O'Hara,Björn,Ana,  pad ," | 2024-12-08 2025-04-03 2025-11-01 2025-12-24 2026-03-31 2026-04-18 2026-07-29
