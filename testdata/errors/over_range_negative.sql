CREATE TABLE t (a INT, b TEXT, c TIMESTAMP, d DECIMAL(10,2)) WITH (connector = 'file', path = 't.json', format = 'json');
SELECT sum(a) OVER (ORDER BY c RANGE INTERVAL '-1 day' PRECEDING) FROM t;
-- error:
-- error: invalid preceding or following size in window function: the frame's starting offset is negative -- 22013, over_range_negative.sql line 2, column 38
--   2 | SELECT sum(a) OVER (ORDER BY c RANGE INTERVAL '-1 day' PRECEDING) FROM t;
--     |                                      ^
-- hint: PRECEDING and FOLLOWING say in which direction.
