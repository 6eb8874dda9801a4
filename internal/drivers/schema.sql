-- What every client's test finds: a table with a key, one that refers to it by value, one with a column of each type.
CREATE TABLE customers (id INT PRIMARY KEY, name TEXT NOT NULL, since DATE);
CREATE TABLE orders (
    id       BIGINT PRIMARY KEY,
    customer INT NOT NULL,
    amount   DECIMAL(10, 2),
    at       TIMESTAMPTZ,
    paid     BOOLEAN,
    note     TEXT
);
CREATE TABLE kinds (
    id INT PRIMARY KEY,
    b  BOOLEAN,
    i2 SMALLINT,
    i4 INT,
    i8 BIGINT,
    f4 REAL,
    f8 DOUBLE PRECISION,
    d  DECIMAL(20, 4),
    t  TEXT,
    y  BYTEA,
    dt DATE,
    tm TIME,
    ts TIMESTAMP,
    tz TIMESTAMPTZ,
    iv INTERVAL,
    u  UUID,
    j  JSON,
    ia INT[],
    ta TEXT[]
);
CREATE MATERIALIZED VIEW totals AS
    SELECT customer, count(*) AS orders, sum(amount) AS amount FROM orders GROUP BY customer;
INSERT INTO customers VALUES (1, 'Ann', '2026-01-01'), (2, 'Bo', '2026-02-01'), (3, 'Čeněk', NULL);
INSERT INTO orders VALUES
    (10, 1, 12.50, '2026-03-01 10:00:00+00', true, 'first'),
    (11, 1, 7.25, '2026-03-02 11:30:00+00', false, NULL),
    (12, 2, 100.00, '2026-03-03 12:00:00.123456+00', true, 'a "quoted", note');
INSERT INTO kinds VALUES
    (1, true, -32768, 2147483647, -9223372036854775808, 1.5, -2.25, 1234567890.1234, 'naïve ☃', '\x00ff10', '2026-02-28', '23:59:59.999999',
     '2026-01-02 03:04:05.678901', '2026-01-02 03:04:05.678901+00', '1 day 02:03:04.5', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{"a": [1, 2]}',
     '{1,NULL,3}', '{"a b","c,d",NULL}'),
    (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
