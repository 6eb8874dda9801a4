-- VALUES is a table.
-- from: postgres 15
SELECT column1 * 2 AS twice, upper(column2) AS name
FROM (VALUES (1, 'a'), (2, NULL), (NULL, 'c')) AS v
ORDER BY 1;
-- rows:
-- twice | name
-- 2 | A
-- 4 | NULL
-- NULL | C
