-- The bids of Nexmark as JSON in Kafka; a stream that ends where the topic ends now.
CREATE TABLE bids (
    auction    BIGINT,
    bidder     BIGINT,
    price      BIGINT,
    channel    TEXT,
    url        TEXT,
    "dateTime" TIMESTAMP,
    extra      TEXT,
    WATERMARK FOR "dateTime" AS "dateTime" - INTERVAL '4' SECOND
) WITH (
    connector = 'kafka', brokers = '${BROKERS}', topic = '${TOPIC}', format = 'json',
    scan.start = 'earliest', scan.end = 'latest', json.timestamp = 'ms', partitions = '4'
);
