package clients

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// postgres is a connection to a database named millrace, in the PostgreSQL of MILLRACE_POSTGRES (host:port, or as pgx
// takes it).
type postgres struct {
	t    *testing.T
	conn *pgconn.PgConn
}

func dialPostgres(t *testing.T) *postgres {
	t.Helper()
	dsn := os.Getenv("MILLRACE_POSTGRES")
	if !strings.Contains(dsn, "=") && !strings.Contains(dsn, "://") {
		dsn = "postgres://postgres@" + dsn + "/postgres?sslmode=disable"
	}
	connect := func(user, database string) *pgconn.PgConn {
		cfg, err := pgconn.ParseConfig(dsn)
		if err != nil {
			t.Fatal(err)
		}
		cfg.Database = database
		if user != "" {
			cfg.User = user
		}
		cfg.RuntimeParams["TimeZone"] = "UTC"
		c, err := pgconn.ConnectConfig(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close(context.Background()) })
		return c
	}
	exec := func(c *pgconn.PgConn, text string) {
		if _, err := c.Exec(t.Context(), text).ReadAll(); err != nil {
			t.Fatal(err)
		}
	}
	admin := connect("", "postgres")
	exec(admin, "DROP DATABASE IF EXISTS millrace WITH (FORCE)")
	exec(admin, "DO $$ BEGIN CREATE ROLE millrace SUPERUSER LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
	exec(admin, "CREATE DATABASE millrace OWNER millrace")
	p := &postgres{t: t, conn: connect("millrace", "millrace")}
	exec(p.conn, schema(t))
	return p
}

func (p *postgres) oids() map[Object]string { return byObject(p.run(Statement{Text: oidQuery})) }

func (p *postgres) run(st Statement) (a answer) {
	ctx := p.t.Context()
	failed := func(err error) answer {
		var e *pgconn.PgError
		if errors.As(err, &e) {
			return append(a, "error "+e.Code+" "+strings.ReplaceAll(e.Message, "\n", " "))
		}
		return append(a, "error XX000 "+err.Error())
	}
	add := func(r *pgconn.ResultReader) error {
		if len(r.FieldDescriptions()) > 0 {
			var head []string
			for _, d := range r.FieldDescriptions() {
				head = append(head, fmt.Sprintf("%s:%d", d.Name, d.DataTypeOID))
			}
			a = append(a, strings.Join(head, "\t"))
		}
		for r.NextRow() {
			cells := make([]string, len(r.Values()))
			for i, v := range r.Values() {
				if cells[i] = "NULL"; v != nil {
					cells[i] = string(v)
				}
				cells[i] = escape(cells[i])
			}
			a = append(a, strings.Join(cells, "\t"))
		}
		_, err := r.Close()
		return err
	}
	if len(st.Params) == 0 {
		all := p.conn.Exec(ctx, st.Text)
		for all.NextResult() {
			add(all.ResultReader()) // whose error comes again below
		}
		if err := all.Close(); err != nil {
			return failed(err)
		}
		return a
	}
	var values [][]byte
	var oids []uint32
	var formats []int16
	for _, v := range st.Params {
		values, oids = append(values, v.Value), append(oids, v.OID)
		format := int16(0)
		if v.Binary {
			format = 1
		}
		formats = append(formats, format)
	}
	if err := add(p.conn.ExecParams(ctx, st.Text, values, oids, formats, nil)); err != nil {
		return failed(err)
	}
	return a
}
