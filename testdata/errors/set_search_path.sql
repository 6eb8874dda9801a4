SET search_path = secret, public;
-- error:
-- error: setting "search_path": "secret, public" has a schema that is not looked in; write that schema in front of the table: schema.table -- 22023, set_search_path.sql line 1, column 19
--   1 | SET search_path = secret, public;
--     |                   ^
-- hint: Where names without a schema are looked for: public, and pg_catalog before it. Other schemas than these, information_schema and millrace are refused.
