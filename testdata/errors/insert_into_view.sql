CREATE VIEW v AS SELECT 1 AS one;
INSERT INTO v VALUES (1);
-- error:
-- error: "v" is not a table -- 42809, insert_into_view.sql line 2, column 13
--   2 | INSERT INTO v VALUES (1);
--     |             ^
-- hint: It is a view: use DROP VIEW.
