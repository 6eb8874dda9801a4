CREATE TABLE t (id BIGINT PRIMARY KEY, n INT);
CREATE TABLE p (id BIGINT) WITH (connector = 'print', format = 'changelog');
SET mode = stream;
INSERT INTO p SELECT id FROM t UNION ALL SELECT n FROM t;
-- error:
-- error: this step over table "t", whose rows change while the query goes on, is not supported -- 0A000, embedded_changes_union.sql line 4, column 15
--   4 | INSERT INTO p SELECT id FROM t UNION ALL SELECT n FROM t;
--     |               ^
-- hint: Declare the table APPEND ONLY, or read it as it is now: --mode batch.
