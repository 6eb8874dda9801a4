BEGIN READ ONLY; CREATE TABLE t (a INT);
-- error:
-- error: cannot execute CREATE TABLE in a read-only transaction -- 25006, aborted.sql line 1, column 18
--   1 | BEGIN READ ONLY; CREATE TABLE t (a INT);
--     |                  ^
-- hint: SET transaction_read_only = off, or default_transaction_read_only = off outside of a transaction.
