WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT max(n) + 1 FROM t) SELECT n FROM t;
-- error:
-- error: recursive reference to query "t" must not appear within an aggregation -- 42P19, recursive_aggregate.sql line 1, column 45
--   1 | WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT max(n) + 1 FROM t) SELECT n FROM t;
--     |                                             ^
-- hint: Filter, join and project in the recursive term; aggregate and sort in the query that reads it.
