-- Casts between numbers, text, dates and times.
-- from: postgres 15
SELECT id, CAST(amount AS INT) AS a, CAST(weight AS BIGINT) AS b, units::TEXT || 'u' AS c, CAST(paid AS TEXT) AS d, CAST(day AS TIMESTAMP) AS e,
       CAST(at AS DATE) AS f, CAST('42' AS SMALLINT) + quantity AS g, CAST(quantity AS DOUBLE PRECISION) / 4 AS h, CAST(amount AS DECIMAL(10, 1)) AS i, CAST(id AS TEXT) = '7' AS j
FROM orders
WHERE quantity < 1000;
