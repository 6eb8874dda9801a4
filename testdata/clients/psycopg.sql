-- psycopg 3.3 and psycopg2 2.9: types by name, server-side cursors.
-- STATEMENT
BEGIN
;;
-- STATEMENT
-- $1 0 "hstore"
SELECT
    typname AS name, oid, typarray AS array_oid,
    oid::regtype::text AS regtype, typdelim AS delimiter
FROM pg_type t
WHERE t.oid = to_regtype($1)
ORDER BY t.oid
;;
-- STATEMENT
COMMIT
;;
-- STATEMENT
-- $1 0 "int4"
SELECT
    typname AS name, oid, typarray AS array_oid,
    oid::regtype::text AS regtype, typdelim AS delimiter
FROM pg_type t
WHERE t.oid = to_regtype($1)
ORDER BY t.oid
;;
-- STATEMENT
-- $1 0 "bids"
SELECT
    t.typname AS name, t.oid AS oid, t.typarray AS array_oid,
    t.oid::regtype::text AS regtype,
    coalesce(a.fnames, '{}') AS field_names,
    coalesce(a.ftypes, '{}') AS field_types
FROM pg_type t
LEFT JOIN (
    SELECT
        attrelid,
        array_agg(attname) AS fnames,
        array_agg(atttypid) AS ftypes
    FROM (
        SELECT a.attrelid, a.attname, a.atttypid
        FROM pg_attribute a
        JOIN pg_type t ON t.typrelid = a.attrelid
        WHERE t.oid = to_regtype($1)
        AND a.attnum > 0
        AND NOT a.attisdropped
        ORDER BY a.attnum
    ) x
    GROUP BY attrelid
) a ON a.attrelid = t.typrelid
WHERE t.oid = to_regtype($1)
;;
-- STATEMENT
-- $1 0 "mood"
SELECT name, oid, array_oid, regtype, array_agg(label) AS labels
FROM (
    SELECT
        t.typname AS name, t.oid AS oid, t.typarray AS array_oid,
        t.oid::regtype::text AS regtype, e.enumlabel AS label
    FROM pg_type t
    LEFT JOIN  pg_enum e
    ON e.enumtypid = t.oid
    WHERE t.oid = to_regtype($1)
    ORDER BY e.enumsortorder
) x
GROUP BY name, oid, array_oid, regtype
;;
-- STATEMENT
-- $1 0 "numrange"
SELECT t.typname AS name, t.oid AS oid, t.typarray AS array_oid,
    t.oid::regtype::text AS regtype,
    r.rngsubtype AS subtype_oid
FROM pg_type t
JOIN pg_range r ON t.oid = r.rngtypid
WHERE t.oid = to_regtype($1)
;;
-- STATEMENT
-- $1 0 "nummultirange"
SELECT t.typname AS name, t.oid AS oid, t.typarray AS array_oid,
    t.oid::regtype::text AS regtype,
    r.rngtypid AS range_oid, r.rngsubtype AS subtype_oid
FROM pg_type t
JOIN pg_range r ON t.oid = r.rngmultitypid
WHERE t.oid = to_regtype($1)
;;
-- STATEMENT
-- $1 21 \x0005
select auction, price, note from bids where auction=$1
;;
-- STATEMENT
-- $1 0 "a%"
DECLARE "srv" CURSOR FOR select * from auctions where item like $1
;;
-- STATEMENT
FETCH FORWARD ALL FROM "srv"
;;
-- STATEMENT
CLOSE "srv"
;;
-- STATEMENT
SELECT t.oid, typarray
FROM pg_type t JOIN pg_namespace ns
    ON typnamespace = ns.oid
WHERE typname = 'hstore';
;;
-- STATEMENT
ROLLBACK
;;
-- STATEMENT
SELECT t.oid, typarray, attname, atttypid
FROM pg_type t
JOIN pg_namespace ns ON typnamespace = ns.oid
JOIN pg_attribute a ON attrelid = typrelid
WHERE typname = 'bids' AND nspname = 'public'
    AND attnum > 0 AND NOT attisdropped
ORDER BY attnum;
;;
-- STATEMENT
DECLARE "named" CURSOR WITHOUT HOLD FOR select * from bids where price > 1
;;
-- STATEMENT
FETCH FORWARD ALL FROM "named"
;;
