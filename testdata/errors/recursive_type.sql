WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 0.5 FROM t) SELECT n FROM t;
-- error:
-- error: recursive query "t" column 1 has type INT in non-recursive term but type DECIMAL(12,1) overall -- 42804, recursive_type.sql line 1, column 54
--   1 | WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 0.5 FROM t) SELECT n FROM t;
--     |                                                      ^
-- hint: Cast the output of the non-recursive term to DECIMAL(12,1), or this one to INT.
