CREATE TABLE t (id BIGINT PRIMARY KEY, n INT);
CREATE TABLE f (id BIGINT, n INT) WITH (connector = 'file', path = '/tmp/none.jsonl', format = 'json');
SET mode = stream;
INSERT INTO f
SELECT id, n FROM t;
-- error:
-- error: writing the changes of table "t" to "f", which takes rows that are added alone, is not supported -- 0A000, embedded_changes_to_file.sql line 5, column 1
--   5 | SELECT id, n FROM t;
--     | ^
-- hint: Declare the table APPEND ONLY, or read it as it is now: --mode batch.
