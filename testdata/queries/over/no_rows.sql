-- No row, no result.
-- from: postgres 15
SELECT id, row_number() OVER (ORDER BY id) AS n, sum(units) OVER () AS s FROM orders WHERE id < 0;
-- rows:
-- id | n | s
