WITH r AS (SELECT random() AS x) SELECT a.x = b.x FROM r a, r b;
-- error:
-- error: reading a WITH query twice that gives other rows each time is not supported -- 0A000, cte_volatile.sql line 1, column 61
--   1 | WITH r AS (SELECT random() AS x) SELECT a.x = b.x FROM r a, r b;
--     |                                                             ^
-- hint: Read it once, or keep its rows in a table.
