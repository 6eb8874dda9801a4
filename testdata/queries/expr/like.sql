-- Patterns with wildcards, escapes and case.
-- from: postgres 15
SELECT id, customer, customer LIKE 'A%' AS a, customer ILIKE '%ï%' AS b, customer LIKE '_\_y' AS c, customer NOT LIKE '%a%' AS d, customer ~ '^[A-Z]' AS e, customer LIKE '%!%%' ESCAPE '!' AS f
FROM orders;
