CREATE VIEW a AS SELECT 1 AS x;
CREATE VIEW b AS SELECT x FROM a;
CREATE OR REPLACE VIEW a AS
SELECT x FROM b;
-- error:
-- error: in view "b": infinite recursion: view "a" is defined by itself -- 42P17, view_recursion.sql line 4, column 15
--   4 | SELECT x FROM b;
--     |               ^
