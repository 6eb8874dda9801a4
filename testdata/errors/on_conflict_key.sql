CREATE TABLE t (id INT PRIMARY KEY, price INT);
INSERT INTO t VALUES (1, 2) ON CONFLICT (price) DO NOTHING;
-- error:
-- error: there is no unique or exclusion constraint matching the ON CONFLICT specification -- 42P10, on_conflict_key.sql line 2, column 42
--   2 | INSERT INTO t VALUES (1, 2) ON CONFLICT (price) DO NOTHING;
--     |                                          ^
-- hint: Name the columns of the primary key.
