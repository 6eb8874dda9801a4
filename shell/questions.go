package shell

import (
	"context"
	"fmt"
	"strings"

	"millrace/flow"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
)

// questions are what the shell asks a server about itself; "" where it has no answer.
type questions struct {
	tables     string // name, kind, connector
	columns    func(table string) string
	functions  string // name, kind, description
	connectors string // connector, option, default, required, description
	settings   string // name, value, description
	jobs       string
	create     func(kind, name string) string
}

// Questions to the catalog, which are the same for each.
const (
	schemas   = `SELECT nspname AS schema FROM pg_namespace WHERE nspname NOT LIKE 'pg\_%' AND nspname <> 'information_schema' ORDER BY 1`
	users     = `SELECT rolname AS "user", CASE WHEN rolcanlogin THEN 'yes' ELSE 'no' END AS login FROM pg_roles WHERE rolname NOT LIKE 'pg\_%' ORDER BY 1`
	databases = `SELECT datname AS database, pg_encoding_to_char(encoding) AS encoding FROM pg_database ORDER BY 1`
)

var dialects = map[Dialect]questions{
	Millrace: {
		tables:     "SHOW TABLES",
		columns:    func(table string) string { return "DESCRIBE " + table },
		functions:  "SHOW FUNCTIONS",
		connectors: "SHOW CONNECTORS",
		settings:   "SHOW SETTINGS",
		jobs:       "SHOW JOBS",
		create:     func(kind, name string) string { return "SHOW CREATE " + strings.ToUpper(kind) + " " + name },
	},
	Postgres: {
		tables: `SELECT CASE WHEN table_schema = 'public' THEN table_name ELSE table_schema || '.' || table_name END AS "table",
			CASE table_type WHEN 'VIEW' THEN 'view' ELSE 'table' END AS kind, '' AS connector
			FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`,
		columns: func(table string) string {
			schema, name, ok := strings.Cut(table, ".")
			if !ok {
				schema, name = "public", table
			}
			return fmt.Sprintf(`SELECT column_name AS "column", data_type AS type, CASE is_nullable WHEN 'NO' THEN 'not null' ELSE '' END
				|| coalesce(' default ' || column_default, '') AS notes
				FROM information_schema.columns WHERE table_schema = %s AND table_name = %s ORDER BY ordinal_position`, literal(schema), literal(name))
		},
		functions: `SELECT DISTINCT routine_name AS name, lower(routine_type) AS kind, '' AS description
			FROM information_schema.routines ORDER BY 1`,
		settings: "SHOW ALL",
	},
}

// written is a name, which may have a schema, as a statement has it: in quotes where it needs them.
func written(name string) string {
	schema, rest, ok := strings.Cut(name, ".")
	if !ok {
		return sql.Quote(name)
	}
	return sql.Quote(schema) + "." + sql.Quote(rest)
}

// literal is a name as a string of SQL: in lower case, unless it stands in quotes.
func literal(name string) string {
	if inner, ok := strings.CutPrefix(name, `"`); ok {
		name = strings.ReplaceAll(strings.TrimSuffix(inner, `"`), `""`, `"`)
	} else {
		name = strings.ToLower(name)
	}
	return "'" + strings.ReplaceAll(name, "'", "''") + "'"
}

// ask runs a question and gives its rows as texts.
func (s *Shell) ask(ctx context.Context, question string) (columns []string, rows [][]string, err error) {
	if question == "" {
		return nil, nil, sqlerr.Unsupported(0, "this question to a server that is not millrace", "")
	}
	r, err := s.Backend.Exec(ctx, question)
	if err != nil {
		return nil, nil, err
	}
	if r.Schema == nil {
		return nil, nil, nil
	}
	err = r.Each(ctx, func(b *flow.Batch) error {
		for row := range b.Len() {
			values := make([]string, len(r.Schema))
			for i, c := range r.Schema {
				values[i] = string(types.AppendText(nil, b.Rec.Column(i), row, c.Type))
			}
			rows = append(rows, values)
		}
		return nil
	})
	return r.Schema.Names(), rows, err
}
