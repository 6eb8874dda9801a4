CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept INT, salary DECIMAL(10,2), hired DATE, tags TEXT[]);
CREATE MATERIALIZED VIEW v AS SELECT dept, count(*) FROM emp GROUP BY dept;
-- error:
-- error: CREATE MATERIALIZED VIEW is not supported -- 0A000, materialized_view.sql line 2, column 1
--   2 | CREATE MATERIALIZED VIEW v AS SELECT dept, count(*) FROM emp GROUP BY dept;
--     | ^
-- hint: Write INSERT INTO a table that keeps the rows.
