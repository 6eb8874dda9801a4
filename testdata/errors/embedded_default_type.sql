CREATE TABLE t (a INT, b DATE DEFAULT 1 + 1);
-- error:
-- error: column "b" of "t" is DATE but the query gives INT -- 42804, embedded_default_type.sql line 1, column 41
--   1 | CREATE TABLE t (a INT, b DATE DEFAULT 1 + 1);
--     |                                         ^
-- hint: Write CAST(… AS DATE).
