-- The eight tables, from files that `go run ./bench/tpch gen` makes: --set dir=FOLDER --set format=parquet
CREATE TABLE region WITH (connector = 'file', path = '${dir}/region.${format}', format = '${format}');
CREATE TABLE nation WITH (connector = 'file', path = '${dir}/nation.${format}', format = '${format}');
CREATE TABLE supplier WITH (connector = 'file', path = '${dir}/supplier.${format}', format = '${format}');
CREATE TABLE customer WITH (connector = 'file', path = '${dir}/customer.${format}', format = '${format}');
CREATE TABLE part WITH (connector = 'file', path = '${dir}/part.${format}', format = '${format}');
CREATE TABLE partsupp WITH (connector = 'file', path = '${dir}/partsupp.${format}', format = '${format}');
CREATE TABLE orders WITH (connector = 'file', path = '${dir}/orders.${format}', format = '${format}');
CREATE TABLE lineitem WITH (connector = 'file', path = '${dir}/lineitem.${format}', format = '${format}');
