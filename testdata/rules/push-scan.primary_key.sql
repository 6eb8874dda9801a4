SELECT name FROM kept WHERE id = 7 AND name <> 'x';
-- before:
-- Project name
--   Filter id = 7 AND name <> 'x'
--     Scan kept [id, name]
-- after:
-- Project name
--   Filter name <> 'x'
--     Scan kept [id, name] where id = 7
