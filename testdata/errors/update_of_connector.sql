CREATE TABLE t (a INT) WITH (connector = 'file', path = '/tmp/none.jsonl', format = 'json');
UPDATE t SET a = 1;
-- error:
-- error: UPDATE of a table of connector 'file' is not supported -- 0A000, update_of_connector.sql line 2, column 8
--   2 | UPDATE t SET a = 1;
--     |        ^
-- hint: Write to it with INSERT INTO; where it has a primary key the rows are upserts.
