-- GROUP BY () is one group, also over no rows.
-- from: postgres 15
SELECT count(*) AS n, max(id) AS id FROM orders WHERE id < 0 GROUP BY ();
-- rows:
-- n | id
-- 0 | NULL
