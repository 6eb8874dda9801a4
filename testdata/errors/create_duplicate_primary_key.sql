CREATE TABLE t (id INT, PRIMARY KEY (id, id));
-- error:
-- error: column "id" is twice in the primary key -- 42701, create_duplicate_primary_key.sql line 1, column 42
--   1 | CREATE TABLE t (id INT, PRIMARY KEY (id, id));
--     |                                          ^
