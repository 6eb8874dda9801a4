-- A SELECT with no FROM is one row.
-- from: postgres 15
SELECT 1 / 2 AS whole, round(1.0 / 4, 3) AS exact, 'a' || 'b' AS cat, 7 % -3 AS rest, TRUE AND NULL AS unknown, DATE '2026-02-28' + 1 AS next, 'it''s' AS quote;
-- rows:
-- whole | exact | cat | rest | unknown | next | quote
-- 0 | 0.250 | ab | 1 | NULL | 2026-03-01 | it's
