-- Each match of a regular expression is a row with the text of its groups.
-- from: postgres 15
SELECT m[1] AS word, m[2] AS digits FROM regexp_matches('a1 bb22 c', '([a-z]+)([0-9]*)', 'g') AS m;
-- rows:
-- word | digits
-- a | 1
-- bb | 22
-- c | ""
