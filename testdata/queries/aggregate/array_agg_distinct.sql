-- Distinct elements come in order, NULL as one of them.
-- from: postgres 15
SELECT paid, array_agg(DISTINCT quantity) AS quantities, array_agg(DISTINCT units ORDER BY units DESC) AS units, array_agg(DISTINCT amount ORDER BY amount NULLS FIRST) AS amounts
FROM orders
GROUP BY paid;
-- rows:
-- paid | quantities | units | amounts
-- false | {-32768,-4,0,1,2,3,7,32767,NULL} | {NULL,2147483647,1000000,5,1,0,-5,-2147483648} | {NULL,-3.75,0.00,0.01,1.10,12.50,1000.05,99999999.99}
-- true | {-32768,-4,0,1,2,3,7,32767,NULL} | {NULL,2147483647,1000000,5,1,0,-5,-2147483648} | {NULL,-3.75,0.00,0.01,1.10,12.50,1000.05,99999999.99}
-- NULL | {-32768,-4,0,1,2,3,7,32767,NULL} | {NULL,2147483647,1000000,5,1,0,-5,-2147483648} | {NULL,-3.75,0.00,0.01,1.10,12.50,1000.05,99999999.99}
