CREATE TABLE t (k INT PRIMARY KEY, v TEXT);
SELECT string_agg(v, ',') FROM t EMIT CHANGES;
-- error:
-- error: string_agg over rows that change, in no order, is not supported -- 0A000, emit_changes_order.sql line 2, column 8
--   2 | SELECT string_agg(v, ',') FROM t EMIT CHANGES;
--     |        ^
-- hint: Order it by all that it takes: string_agg(… ORDER BY …); or declare the table APPEND ONLY.
