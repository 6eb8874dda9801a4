SELECT auction,
       max(price
FROM bids;
-- error:
-- error: this "(" is not closed -- 42601, syntax.sql line 2, column 11
--   2 |        max(price
--     |           ^
-- hint: Close it with ).
