CREATE TABLE t (a INT,
    tags TEXT[] PRIMARY KEY);
-- error:
-- error: a primary key of type ARRAY<TEXT> is not supported -- 0A000, embedded_key_type.sql line 2, column 5
--   2 |     tags TEXT[] PRIMARY KEY);
--     |     ^
-- hint: Use a number, a text, a time or a UUID.
