package shell

import (
	"context"
	"fmt"
	"strings"

	"millrace/sqlerr"
)

// statement is a row of the table of statements.
type statement struct {
	name, text string
	examples   []string
}

// statementHelp is how statements are written, by their first words, each with examples of what it says.
var statementHelp = []statement{
	{"SELECT", "[WITH [RECURSIVE] name AS (query), …]\nSELECT [DISTINCT [ON (expression, …)]] expression [AS name], …\n  FROM table [JOIN table ON condition] …\n  [WHERE condition] [GROUP BY …] [HAVING condition] [WINDOW …] [QUALIFY condition]\n  [UNION | INTERSECT | EXCEPT …] [ORDER BY …] [LIMIT n] [OFFSET n]\n  [EMIT CHANGES | EMIT ON WINDOW CLOSE]", []string{
		"SELECT customer, sum(amount) AS total FROM orders WHERE amount > 0 GROUP BY customer HAVING count(*) > 1 ORDER BY total DESC LIMIT 10",
		"SELECT window_start, count(*) AS n FROM TUMBLE(TABLE orders, DESCRIPTOR(at), INTERVAL '1' MINUTE) GROUP BY window_start, window_end EMIT ON WINDOW CLOSE",
		"SELECT customer, count(*) AS n FROM orders GROUP BY customer EMIT CHANGES",
	}},
	{"VALUES", "VALUES (expression, …), …", []string{"VALUES (1, 'one'), (2, 'two')"}},
	{"INSERT", "INSERT INTO table [(column, …)] VALUES (…), … | query\n  [ON CONFLICT (column, …) DO NOTHING | DO UPDATE SET column = expression, …] [RETURNING …]", []string{
		"INSERT INTO orders (id, amount) VALUES (1, 20), (2, 30) ON CONFLICT (id) DO UPDATE SET amount = excluded.amount RETURNING id",
		"INSERT INTO copy SELECT * FROM orders",
	}},
	{"UPDATE", "UPDATE table SET column = expression, … [FROM …] [WHERE condition] [RETURNING …]", []string{"UPDATE orders SET amount = amount + 1 WHERE id = 1 RETURNING id, amount"}},
	{"DELETE", "DELETE FROM table [USING …] [WHERE condition] [RETURNING …]", []string{"DELETE FROM orders WHERE amount = 0"}},
	{"TRUNCATE", "TRUNCATE [TABLE] table", []string{"TRUNCATE orders"}},
	{"COPY", "COPY table [(column, …)] FROM STDIN [WITH (FORMAT csv, HEADER …)]   -- by other clients of a server, not from here\nCOPY table [(column, …)] | (query) TO STDOUT [WITH (FORMAT csv, HEADER …)]", []string{
		"COPY orders (id, amount) FROM STDIN WITH (FORMAT csv, HEADER)",
		"COPY (SELECT * FROM orders) TO STDOUT WITH (FORMAT csv)",
	}},
	{"CREATE TABLE", "CREATE TABLE [IF NOT EXISTS] name (\n    column type [NOT NULL] [DEFAULT expression] [PRIMARY KEY],\n    column type METADATA FROM 'name',\n    column AS expression,\n    PRIMARY KEY (column, …),\n    WATERMARK FOR column AS column - INTERVAL '…' SECOND\n) [APPEND ONLY] | WITH (connector = '…', option = '…', …)\nCREATE TABLE [IF NOT EXISTS] name [APPEND ONLY] AS query", []string{
		"CREATE TABLE orders (id BIGINT PRIMARY KEY, amount DECIMAL(10, 2) NOT NULL DEFAULT 0)",
		"CREATE TABLE bids (auction BIGINT NOT NULL, ms BIGINT, part INT METADATA FROM 'partition', at AS to_timestamp_ms(ms), WATERMARK FOR at AS at - INTERVAL '5' SECOND) WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'bids', format = 'json')",
		"CREATE TABLE log (at TIMESTAMP, line TEXT) APPEND ONLY",
		"CREATE TABLE large AS SELECT * FROM orders WHERE amount > 100",
	}},
	{"CREATE SOURCE", "CREATE SOURCE [IF NOT EXISTS] name (column type, …) WITH (connector = '…', option = '…', …)", []string{
		"CREATE SOURCE visits (url TEXT, ms BIGINT) WITH (connector = 'kafka', brokers = 'localhost:9092', topic = 'visits', format = 'json')",
	}},
	{"CREATE SINK", "CREATE SINK [IF NOT EXISTS] name (column type, …) WITH (connector = '…', option = '…', …)", []string{
		"CREATE SINK report (customer TEXT, total BIGINT) WITH (connector = 'file', path = '/var/tmp/report', format = 'csv')",
	}},
	{"CREATE VIEW", "CREATE [OR REPLACE] VIEW name [(column, …)] AS query", []string{"CREATE OR REPLACE VIEW large (id) AS SELECT id FROM orders WHERE amount > 100"}},
	{"CREATE MATERIALIZED VIEW", "CREATE MATERIALIZED VIEW [IF NOT EXISTS] name [(column, …)] AS query", []string{
		"CREATE MATERIALIZED VIEW IF NOT EXISTS totals AS SELECT customer, sum(amount) AS total FROM orders GROUP BY customer",
	}},
	{"CREATE USER", "CREATE USER name PASSWORD '…'", []string{"CREATE USER ann PASSWORD 'a long pass phrase'"}},
	{"ALTER USER", "ALTER USER name PASSWORD '…'", []string{"ALTER USER ann PASSWORD 'another pass phrase'"}},
	{"DROP USER", "DROP USER [IF EXISTS] name", []string{"DROP USER IF EXISTS ann"}},
	{"DROP TABLE", "DROP TABLE [IF EXISTS] name", []string{"DROP TABLE IF EXISTS orders"}},
	{"DROP VIEW", "DROP VIEW [IF EXISTS] name\nDROP MATERIALIZED VIEW [IF EXISTS] name", []string{"DROP VIEW large", "DROP MATERIALIZED VIEW IF EXISTS totals"}},
	{"SUBSCRIBE", "SUBSCRIBE TO view", []string{"SUBSCRIBE TO totals"}},
	{"REFRESH", "REFRESH MATERIALIZED VIEW name", []string{"REFRESH MATERIALIZED VIEW totals"}},
	{"PAUSE", "PAUSE JOB name", []string{"PAUSE JOB copy"}},
	{"RESUME", "RESUME JOB name", []string{"RESUME JOB copy"}},
	{"CANCEL", "CANCEL JOB name", []string{"CANCEL JOB copy"}},
	{"DROP JOB", "DROP JOB name", []string{"DROP JOB copy"}},
	{"EXPLAIN", "EXPLAIN [ANALYZE] statement", []string{"EXPLAIN SELECT * FROM orders", "EXPLAIN ANALYZE SELECT count(*) AS n FROM orders"}},
	{"DESCRIBE", "DESCRIBE table", []string{"DESCRIBE orders"}},
	{"SHOW", "SHOW TABLES | VIEWS | MATERIALIZED VIEWS | FUNCTIONS | CONNECTORS | SETTINGS | JOBS | setting\nSHOW CREATE TABLE | SOURCE | SINK | VIEW | MATERIALIZED VIEW | JOB name", []string{
		"SHOW TABLES", "SHOW MATERIALIZED VIEWS", "SHOW JOBS", "SHOW parallelism", "SHOW CREATE MATERIALIZED VIEW totals",
	}},
	{"SET", "SET [LOCAL] setting = 'value'", []string{"SET parallelism = '2'"}},
	{"RESET", "RESET setting | ALL", []string{"RESET parallelism", "RESET ALL"}},
	{"BEGIN", "BEGIN [READ ONLY]", []string{"BEGIN", "BEGIN READ ONLY"}},
	{"COMMIT", "COMMIT", []string{"COMMIT"}},
	{"ROLLBACK", "ROLLBACK [TO name]", []string{"ROLLBACK", "ROLLBACK TO halfway"}},
	{"SAVEPOINT", "SAVEPOINT name", []string{"SAVEPOINT halfway"}},
	{"RELEASE", "RELEASE name", []string{"RELEASE halfway"}},
	{"PREPARE", "PREPARE name [(type, …)] AS statement", []string{"PREPARE one (BIGINT) AS SELECT * FROM orders WHERE id = $1"}},
	{"EXECUTE", "EXECUTE name [(value, …)]", []string{"EXECUTE one (7)"}},
	{"DEALLOCATE", "DEALLOCATE name | ALL", []string{"DEALLOCATE one", "DEALLOCATE ALL"}},
	{"DECLARE", "DECLARE name CURSOR [WITH HOLD] FOR query", []string{"DECLARE c CURSOR FOR SELECT * FROM orders ORDER BY id"}},
	{"FETCH", "FETCH [n | ALL] FROM cursor", []string{"FETCH 10 FROM c"}},
	{"MOVE", "MOVE [n | ALL] IN cursor", []string{"MOVE 10 IN c"}},
	{"CLOSE", "CLOSE cursor | ALL", []string{"CLOSE c"}},
	{"DISCARD", "DISCARD ALL", []string{"DISCARD ALL"}},
}

func (s *Shell) helpStatement(_ context.Context, c *call) error {
	w := s.out.writer()
	want := strings.ToUpper(strings.Join(c.args, " "))
	if want == "" {
		for _, h := range statementHelp {
			fmt.Fprintln(w, "  "+h.name)
		}
		fmt.Fprintln(w, `\h and one of them says how it is written.`)
		return nil
	}
	found := false
	var names []string
	for _, h := range statementHelp {
		names = append(names, h.name)
		if strings.HasPrefix(h.name, want) || strings.HasPrefix(want, h.name+" ") {
			fmt.Fprintf(w, "%s\n\n", h.text)
			for _, e := range h.examples {
				fmt.Fprintln(w, e+";")
			}
			found = true
		}
	}
	if !found {
		e := sqlerr.New(sqlerr.UndefinedObject, 0, "there is no statement %s", want)
		e.Hint = strings.TrimSpace(sqlerr.Suggest(want, names) + ` \h lists them.`)
		return e
	}
	return nil
}
