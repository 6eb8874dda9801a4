CREATE TABLE t (a INT) WITH (connector = 'file', path = '/tmp/none.jsonl', format = 'json');
INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING;
-- error:
-- error: ON CONFLICT in a job is not supported -- 0A000, on_conflict_connector.sql line 2, column 26
--   2 | INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING;
--     |                          ^
-- hint: Leave it out: rows are upserts by the primary key where the table takes them.
