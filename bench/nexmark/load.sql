CREATE SOURCE generated (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, url TEXT, date_time TIMESTAMP, extra TEXT)
WITH (connector = 'nexmark', event = 'bid', events = '${EVENTS}', seed = '1');

INSERT INTO bids SELECT auction, bidder, price, channel, url, date_time, extra FROM generated;
