-- node-postgres 8: parameters and information_schema.
-- STATEMENT
-- $1 0 "5"
-- $2 0 "1.5"
SELECT * FROM bids WHERE auction=$1 AND price>$2
;;
-- STATEMENT
-- $1 0 "r"
-- $2 0 "public"
SELECT relname FROM pg_class WHERE relkind = $1 AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname=$2)
;;
-- STATEMENT
SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns WHERE table_schema NOT IN ('pg_catalog','information_schema') ORDER BY 1,2,ordinal_position
;;
