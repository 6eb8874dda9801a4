-- Bids of an auction house, in the order in which they came: up to nine seconds behind their time.
CREATE TABLE bids (
    auction BIGINT,
    bidder  BIGINT,
    price   BIGINT,
    channel TEXT,
    url     TEXT,
    at      TIMESTAMP,
    extra   TEXT,
    WATERMARK FOR at AS at - INTERVAL '15' SECOND
) WITH (connector = 'file', path = '${DATA}/bids.jsonl', format = 'json');
