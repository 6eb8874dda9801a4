CREATE TABLE orders (id INT, customer INT, amount DECIMAL(10,2), day DATE) WITH (connector = 'file', path = 'orders.json', format = 'json');
CREATE TABLE customers (id INT, name TEXT, nation INT) WITH (connector = 'file', path = 'customers.json', format = 'json');
CREATE TABLE nations (id INT, name TEXT, region INT) WITH (connector = 'file', path = 'nations.json', format = 'json');
CREATE TABLE bids (auction INT, price BIGINT, at TIMESTAMP, WATERMARK FOR at AS at) WITH (connector = 'file', path = 'bids.json', format = 'json');
CREATE TABLE kept (id INT PRIMARY KEY, name TEXT);
