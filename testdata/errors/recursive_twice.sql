WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT a.n + b.n FROM r a, r b) SELECT * FROM r;
-- error:
-- error: recursive reference to query "r" must not appear more than once -- 42P19, recursive_twice.sql line 1, column 45
--   1 | WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT a.n + b.n FROM r a, r b) SELECT * FROM r;
--     |                                             ^
