CREATE SINK out (a BIGINT) WITH (connector = 'print');
SELECT * FROM out;
