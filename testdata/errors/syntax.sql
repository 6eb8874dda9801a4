SELECT auction,
       max(price
FROM bids;
