-- Several arrays stand side by side; the shorter one is NULL behind its end.
-- from: postgres 15
SELECT a, b, n FROM unnest(string_to_array('a,b,c', ','), string_to_array('x', ',')) WITH ORDINALITY AS t (a, b, n);
-- rows:
-- a | b | n
-- a | x | 1
-- b | NULL | 2
-- c | NULL | 3
