-- Orders with every basic type, NULLs and values at the ends of their types.
CREATE TABLE orders (
    id       BIGINT NOT NULL,
    customer TEXT,
    quantity SMALLINT,
    units    INT,
    amount   DECIMAL(12, 2),
    weight   DOUBLE,
    paid     BOOLEAN,
    day      DATE,
    at       TIMESTAMP,
    WATERMARK FOR at AS at - INTERVAL '1' SECOND
) WITH (connector = 'file', path = '${DATA}/orders.jsonl', format = 'json');
