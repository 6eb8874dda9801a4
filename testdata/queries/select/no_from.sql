-- A SELECT with no FROM is one row.
-- from: postgres 15
SELECT 1 / 2 AS whole, 1.0 / 4 AS exact, 'a' || 'b' AS cat, 7 % -3 AS rest, TRUE AND NULL AS unknown, DATE '2026-02-28' + 1 AS next, 'it''s' AS quote;
