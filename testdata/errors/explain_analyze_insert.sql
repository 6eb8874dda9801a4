CREATE TABLE emp (id INT PRIMARY KEY, name TEXT);
EXPLAIN ANALYZE INSERT INTO emp VALUES (1, 'x');
-- error:
-- error: EXPLAIN ANALYZE of what is not a query that ends is not supported -- 0A000, explain_analyze_insert.sql line 2, column 1
--   2 | EXPLAIN ANALYZE INSERT INTO emp VALUES (1, 'x');
--     | ^
-- hint: Analyze its SELECT, without EMIT: it is read to where its tables end now. A running job tells its own progress.
