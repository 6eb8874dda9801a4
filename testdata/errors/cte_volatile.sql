WITH r AS (SELECT random() AS x) SELECT a.x = b.x FROM r a, r b;
-- error:
