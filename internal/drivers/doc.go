// Package drivers runs the real clients of the Postgres wire against the real server: psql, pgx, psycopg 3 and 2, asyncpg,
// SQLAlchemy with pandas, node-postgres and JDBC, each by a program in the client's own language. Those programs also pass
// against PostgreSQL, but for what they ask of a materialized view.
//
// scripts/drivers.sh fetches the clients; schema.sql is what each program finds.
package drivers
