-- EXCEPT ALL takes away one row for each row of the right side.
-- from: postgres 15
SELECT auction FROM bids EXCEPT ALL SELECT auction FROM bids WHERE price > 300;
-- rows:
-- auction
-- 1003
-- 1002
-- 1004
