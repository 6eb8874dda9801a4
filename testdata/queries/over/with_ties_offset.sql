-- The offset counts rows, the ties are those of the last row.
-- from: postgres 15
SELECT count(*) AS n FROM orders GROUP BY quantity ORDER BY n OFFSET 3 ROWS FETCH NEXT 2 ROWS WITH TIES;
-- rows:
-- n
-- 26
-- 27
-- 27
