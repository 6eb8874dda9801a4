CREATE TABLE t (id BIGINT PRIMARY KEY, n INT);
CREATE TABLE by_n (n INT PRIMARY KEY, id BIGINT);
SET mode = stream;
INSERT INTO by_n
SELECT n, id FROM t;
-- error:
-- error: writing the changes of table "t" by another key is not supported -- 0A000, embedded_changes_other_key.sql line 4, column 1
--   4 | INSERT INTO by_n
--     | ^
-- hint: Give the primary key of "by_n" the primary key of "t", column by column. Or: declare the table APPEND ONLY, or read it as it is now with --mode batch.
