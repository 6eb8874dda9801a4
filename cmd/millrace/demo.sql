-- The bids of an auction house, as JSON in a Kafka topic. A row may come one second behind its time.
CREATE TABLE bids (
    auction   BIGINT,
    bidder    BIGINT,
    price     BIGINT,
    channel   TEXT,
    date_time TIMESTAMP,
    WATERMARK FOR date_time AS date_time - INTERVAL '1' SECOND
) WITH (
    connector = 'kafka',
    brokers = '${BROKERS}',
    topic = '${BIDS_TOPIC}',
    format = 'json',
    scan.start = 'earliest'
);

-- What each channel sold in a window, as JSON in another topic.
CREATE TABLE totals (
    window_start TIMESTAMP,
    channel      TEXT,
    bids         BIGINT,
    total        DECIMAL(38, 0),
    low          BIGINT,
    high         BIGINT,
    mean         DECIMAL(38, 2)
) WITH (
    connector = 'kafka',
    brokers = '${BROKERS}',
    topic = '${TOTALS_TOPIC}',
    format = 'json',
    key.columns = 'channel',
    partitions = '1'
);

INSERT INTO totals
SELECT window_start, channel, count(*), sum(price), min(price), max(price), CAST(avg(price) AS DECIMAL(38, 2))
FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(date_time), INTERVAL '2' SECOND))
GROUP BY window_start, window_end, channel;
