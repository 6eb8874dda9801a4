SET memory_limit = '1 elephant';
-- error:
-- error: setting "memory_limit": "1 elephant" is not a number of bytes such as '512MB' -- 22023, set_memory_limit.sql line 1, column 20
--   1 | SET memory_limit = '1 elephant';
--     |                    ^
-- hint: How much memory the state of one query may take: '512MB', '2GB', '0' for no limit, 'auto' for half of what the machine or its container has. What a batch query has beyond it goes to disk where it can: joins, sorts, groups, OVER.
