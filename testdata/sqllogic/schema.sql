-- The tables that the files of this folder query. Both millrace and PostgreSQL read this file.

-- Numbers at the ends of their types.
CREATE TABLE nums (id INT, s SMALLINT, i INT, b BIGINT, r REAL, d DOUBLE PRECISION, n DECIMAL(12, 2), f BOOLEAN);
INSERT INTO nums VALUES
    (1, 1, 10, 100, 1.5, 2.5, 12.34, TRUE),
    (2, -1, -10, -100, -1.5, -2.5, -12.34, FALSE),
    (3, 0, 0, 0, 0, 0, 0, NULL),
    (4, NULL, NULL, NULL, NULL, NULL, NULL, TRUE),
    (5, 32767, 2147483647, 9223372036854775807, 3e38, 1e300, 9999999999.99, FALSE),
    (6, -32768, -2147483648, -9223372036854775808, -3e30, -1e100, -9999999999.99, NULL),
    (7, 7, 10, 50, 0.25, 1e-10, 0.01, TRUE),
    (8, 7, 3, 100, 0.5, 2.5, 100.00, FALSE),
    (9, NULL, 3, NULL, 2, NULL, 100.00, TRUE),
    (10, 2, 7, 12345678901, 1e10, 123456.789, -0.05, NULL);

-- Texts with what is seldom thought of.
CREATE TABLE texts (id INT, t TEXT, u TEXT, k TEXT);
INSERT INTO texts VALUES
    (1, 'hello', 'world', 'a'),
    (2, 'Hello', 'World', 'a'),
    (3, '', 'empty', 'b'),
    (4, NULL, 'null', 'b'),
    (5, 'hello world', NULL, 'b'),
    (6, '100%', '50_50', 'c'),
    (7, 'naïve café', 'ÄÖÜ', 'c'),
    (8, '日本語', '日', 'c'),
    (9, ' padded ', 'x', NULL),
    (10, 'it''s', '"quoted"', NULL),
    (11, '12', '-3.5', 'd'),
    (12, 'abcabc', 'abc', 'd');

CREATE TABLE times (id INT, d DATE, t TIME, ts TIMESTAMP, tz TIMESTAMPTZ);
INSERT INTO times VALUES
    (1, '2026-01-01', '00:00:00', '2026-01-01 00:00:00', '2026-01-01 00:00:00+00:00'),
    (2, '2024-02-29', '23:59:59.999999', '2024-02-29 23:59:59.999999', '2024-02-29 23:59:59.999999+00:00'),
    (3, '1969-12-31', '12:30:00', '1969-12-31 12:30:00', '1969-12-31 12:30:00+00:00'),
    (4, NULL, NULL, NULL, NULL),
    (5, '2000-12-31', '06:07:08.09', '2000-12-31 06:07:08.09', '2000-12-31 06:07:08.09+00:00'),
    (6, '2025-03-30', '01:30:00', '2025-03-30 01:30:00', '2025-03-30 01:30:00+00:00'),
    (7, '2025-10-26', '17:45:30', '2025-10-26 17:45:30.5', '2025-10-26 17:45:30.5+00:00'),
    (8, '1900-01-01', '10:00:00', '1900-01-01 10:00:00', '1900-01-01 10:00:00+00:00');

CREATE TABLE dept (id INT, name TEXT, city TEXT, budget BIGINT);
INSERT INTO dept VALUES
    (1, 'engineering', 'Berlin', 1000000),
    (2, 'sales', 'Paris', 500000),
    (3, 'support', NULL, 200000),
    (4, 'legal', 'Berlin', NULL),
    (5, 'empty', 'Oslo', 0);

CREATE TABLE emp (id INT, name TEXT, dept_id INT, boss_id INT, salary DECIMAL(10, 2), bonus DOUBLE PRECISION, hired DATE, active BOOLEAN);
INSERT INTO emp VALUES
    (1, 'Ada', 1, NULL, 9000.00, 0.25, '2019-01-15', TRUE),
    (2, 'Bob', 1, 1, 5000.00, 0.1, '2020-06-01', TRUE),
    (3, 'Cid', 1, 1, 5000.00, NULL, '2020-06-01', FALSE),
    (4, 'Dora', 2, 1, 7000.50, 0.2, '2018-03-10', TRUE),
    (5, 'Eve', 2, 4, 4000.00, 0.05, '2021-11-30', TRUE),
    (6, 'Fay', 2, 4, NULL, 0.05, '2022-02-28', FALSE),
    (7, 'Gus', 3, 4, 3000.00, NULL, '2023-07-07', TRUE),
    (8, 'Hal', NULL, 1, 6000.00, 0.1, NULL, TRUE),
    (9, 'Ivy', 4, 8, 4500.25, 0, '2020-01-01', NULL),
    (10, 'Jan', 9, 2, 4500.25, 0.15, '2024-02-29', TRUE);

CREATE TABLE orders (id INT, emp_id INT, day DATE, at TIMESTAMP, amount DECIMAL(10, 2), status TEXT, qty SMALLINT);
INSERT INTO orders VALUES
    (100, 4, '2026-01-01', '2026-01-01 08:00:00', 10.00, 'paid', 1),
    (101, 4, '2026-01-01', '2026-01-01 09:30:00', 20.50, 'paid', 2),
    (102, 5, '2026-01-02', '2026-01-02 10:00:00', 5.25, 'open', 1),
    (103, 5, '2026-01-02', '2026-01-02 10:00:00', NULL, 'void', NULL),
    (104, 6, '2026-01-03', '2026-01-03 23:59:59', 99.99, 'paid', 10),
    (105, NULL, '2026-01-04', '2026-01-04 00:00:00', 1.00, 'open', 1),
    (106, 4, '2026-01-05', '2026-01-05 12:00:00', 20.50, NULL, 3),
    (107, 99, '2026-01-05', '2026-01-05 12:00:01', 7.77, 'paid', 7),
    (108, 5, '2026-01-08', '2026-01-08 07:00:00', 300.00, 'paid', 30),
    (109, 7, NULL, NULL, 42.00, 'open', 4),
    (110, 7, '2026-02-01', '2026-02-01 00:00:00', 0.00, 'paid', 0),
    (111, 4, '2026-02-03', '2026-02-03 13:13:13', -5.00, 'void', -1);

CREATE TABLE items (order_id INT, line INT, product TEXT, price DECIMAL(8, 2), qty INT);
INSERT INTO items VALUES
    (100, 1, 'pen', 2.50, 2),
    (100, 2, 'ink', 5.00, 1),
    (101, 1, 'pen', 2.50, 1),
    (101, 2, 'pad', 6.00, 3),
    (102, 1, 'ink', 5.25, 1),
    (104, 1, 'desk', 99.99, 1),
    (106, 1, 'pen', 2.50, 5),
    (106, 2, 'pad', 8.00, 1),
    (107, 1, NULL, 7.77, 1),
    (108, 1, 'desk', 100.00, 3),
    (109, 1, 'lamp', NULL, 2),
    (999, 1, 'ghost', 1.00, 1);

-- A graph with a circle.
CREATE TABLE edges (src INT, dst INT, w INT);
INSERT INTO edges VALUES (1, 2, 5), (2, 3, 3), (3, 4, 1), (4, 2, 7), (1, 5, 2), (5, 6, NULL), (7, 7, 0), (NULL, 1, 1), (8, NULL, 4);

CREATE TABLE arrs (id INT, ints INT[], texts TEXT[]);
INSERT INTO arrs VALUES
    (1, ARRAY[1, 2, 3], ARRAY['a', 'b']),
    (2, ARRAY[3, NULL, 1], ARRAY['b', NULL, '']),
    (3, NULL, ARRAY['x y', 'a,b', '"q"']),
    (4, ARRAY[-5], NULL),
    (5, ARRAY[2, 2, 2, 1], ARRAY['NULL', 'a']);

CREATE TABLE docs (id INT, doc JSONB);
INSERT INTO docs VALUES
    (1, '{"name": "Ada", "age": 36, "tags": ["x", "y"], "home": {"city": "Berlin", "zip": null}}'),
    (2, '{"name": "Bob", "age": null, "tags": [], "score": 1.5}'),
    (3, '[1, 2, {"a": true}]'),
    (4, '"text"'),
    (5, '42'),
    (6, 'false'),
    (7, NULL),
    (8, '{"name": "Cid", "age": 7, "nested": [[1, 2], [3]], "ok": false}');

-- Three values of two columns, all combinations: what grouping and three-valued logic are about.
CREATE TABLE tri (a BOOLEAN, b BOOLEAN, x INT, y INT);
INSERT INTO tri VALUES
    (TRUE, TRUE, 1, 1), (TRUE, FALSE, 1, 2), (TRUE, NULL, 1, NULL), (FALSE, TRUE, 2, 1), (FALSE, FALSE, 2, 2),
    (FALSE, NULL, 2, NULL), (NULL, TRUE, NULL, 1), (NULL, FALSE, NULL, 2), (NULL, NULL, NULL, NULL);

CREATE TABLE nothing (a INT, b TEXT, c DECIMAL(10, 2));
