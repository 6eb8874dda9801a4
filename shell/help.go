package shell

import (
	"context"
	"fmt"
	"strings"

	"millrace/sqlerr"
)

// statementHelp is how statements are written, by their first words.
var statementHelp = []struct{ name, text string }{
	{"SELECT", "[WITH [RECURSIVE] name AS (query), …]\nSELECT [DISTINCT [ON (expression, …)]] expression [AS name], …\n  FROM table [JOIN table ON condition] …\n  [WHERE condition] [GROUP BY …] [HAVING condition] [WINDOW …] [QUALIFY condition]\n  [UNION | INTERSECT | EXCEPT …] [ORDER BY …] [LIMIT n] [OFFSET n]\n  [EMIT CHANGES | EMIT ON WINDOW CLOSE]"},
	{"INSERT", "INSERT INTO table [(column, …)] VALUES (…), … | query\n  [ON CONFLICT (column, …) DO NOTHING | DO UPDATE SET column = expression, …] [RETURNING …]"},
	{"UPDATE", "UPDATE table SET column = expression, … [FROM …] [WHERE condition] [RETURNING …]"},
	{"DELETE", "DELETE FROM table [USING …] [WHERE condition] [RETURNING …]"},
	{"TRUNCATE", "TRUNCATE [TABLE] table"},
	{"CREATE TABLE", "CREATE TABLE [IF NOT EXISTS] name (\n    column type [NOT NULL] [DEFAULT expression] [PRIMARY KEY],\n    column type METADATA FROM 'name',\n    column AS expression,\n    PRIMARY KEY (column, …),\n    WATERMARK FOR column AS column - INTERVAL '…' SECOND\n) [APPEND ONLY] | WITH (connector = '…', option = '…', …)\nCREATE TABLE [IF NOT EXISTS] name [APPEND ONLY] AS query"},
	{"CREATE SOURCE", "CREATE SOURCE [IF NOT EXISTS] name (column type, …) WITH (connector = '…', option = '…', …)"},
	{"CREATE SINK", "CREATE SINK [IF NOT EXISTS] name (column type, …) WITH (connector = '…', option = '…', …)"},
	{"CREATE VIEW", "CREATE [OR REPLACE] VIEW name [(column, …)] AS query"},
	{"CREATE MATERIALIZED VIEW", "CREATE MATERIALIZED VIEW [IF NOT EXISTS] name [(column, …)] AS query"},
	{"DROP TABLE", "DROP TABLE [IF EXISTS] name"},
	{"DROP VIEW", "DROP VIEW [IF EXISTS] name"},
	{"SUBSCRIBE", "SUBSCRIBE TO view"},
	{"EXPLAIN", "EXPLAIN [ANALYZE] statement"},
	{"DESCRIBE", "DESCRIBE table"},
	{"SHOW", "SHOW TABLES | VIEWS | FUNCTIONS | CONNECTORS | SETTINGS | JOBS | setting\nSHOW CREATE TABLE | VIEW name"},
	{"SET", "SET setting = 'value'"},
	{"RESET", "RESET setting | ALL"},
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
			fmt.Fprintln(w, h.text)
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
