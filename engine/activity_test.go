package engine

import (
	"log/slog"
	"net/netip"
	"strings"
	"testing"

	"millrace/flow"
	"millrace/sqlerr"
	"millrace/types"
)

// texts runs a statement and gives its rows, cells with | between them.
func texts(t *testing.T, s *Session, text string) []string {
	t.Helper()
	stmts, err := s.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, stmt := range stmts {
		r, err := s.Exec(t.Context(), stmt)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if err := r.Each(t.Context(), func(b *flow.Batch) error {
			for i := range b.Len() {
				var row []string
				for c, col := range r.Schema {
					cell := ""
					if !b.Rec.Column(c).IsNull(i) {
						cell = string(types.AppendText(nil, b.Rec.Column(c), i, col.Type))
					}
					row = append(row, cell)
				}
				out = append(out, strings.Join(row, "|"))
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func TestSessionsSeeWhatOthersDo(t *testing.T) {
	e, err := Open(t.Context(), Config{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	mine := e.SessionFor(Client{User: "mira", PID: 7})
	other := e.SessionFor(Client{User: "tom", PID: 9, Remote: netip.MustParseAddrPort("[::ffff:127.0.0.1]:5000")})
	defer mine.End()
	look := func() string {
		return strings.Join(texts(t, mine, "SELECT pid, usename, application_name, client_addr, client_port, state, query FROM pg_stat_activity WHERE pid <> pg_backend_pid()"), "\n")
	}
	for _, tc := range []struct{ run, want string }{
		{"", "9|tom||127.0.0.1|5000|idle|"},
		{"SET application_name = 'report'; SELECT 1", "9|tom|report|127.0.0.1|5000|idle|SELECT 1"},
		{"CREATE USER ann PASSWORD 'hunter2hunter2'", "9|tom|report|127.0.0.1|5000|idle|CREATE USER ann PASSWORD '***'"},
		{"BEGIN", "9|tom|report|127.0.0.1|5000|idle in transaction|BEGIN"},
		{"ROLLBACK", "9|tom|report|127.0.0.1|5000|idle|ROLLBACK"},
		{"SELECT '" + strings.Repeat("ä", 3000) + "'", "9|tom|report|127.0.0.1|5000|idle|SELECT '" + strings.Repeat("ä", (maxShown-8)/2) + " …"},
	} {
		if tc.run != "" {
			texts(t, other, tc.run)
		}
		if got := look(); got != tc.want {
			t.Errorf("after %.40s: %.200s", tc.run, got)
		}
	}
	if got := texts(t, mine, "SELECT usename, state, query FROM pg_stat_activity WHERE pid = pg_backend_pid()"); len(got) != 1 || !strings.HasPrefix(got[0], "mira|active|SELECT usename") {
		t.Errorf("of itself a session sees %q", got)
	}
	other.End()
	if got := look(); got != "" {
		t.Errorf("a session that has ended is there: %s", got)
	}
}

func TestTheSystemIsReadByNameAndNotChanged(t *testing.T) {
	e, err := Open(t.Context(), Config{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	s := e.SessionFor(Client{User: "mira"})
	defer s.End()
	texts(t, s, "CREATE TABLE pg_class (mine INT); CREATE TABLE bids (id INT PRIMARY KEY); INSERT INTO public.pg_class VALUES (42)")
	for _, tc := range []struct{ query, want string }{
		{"SELECT mine FROM public.pg_class", "42"},
		{"SELECT relname FROM pg_class WHERE oid = 'bids'::regclass", "bids"},
		{"SELECT relname FROM millrace.pg_catalog.pg_class WHERE oid = 1259", "pg_class"},
		{"SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1", "bids\npg_class"},
		{"SELECT 'public.pg_class'::regclass, 'pg_class'::regclass", "public.pg_class|pg_class"},
		{"SELECT count(*) FROM public.bids b JOIN millrace.tables t ON t.name = 'bids'", "0"},
		{"SELECT name, kind, connector FROM millrace.tables WHERE name = 'bids'", "bids|table|embedded"},
		{"SELECT rolname, rolcanlogin FROM pg_roles ORDER BY oid", "millrace|f\nmira|t"},
		{"SELECT relname, relkind FROM pg_class c WHERE relname LIKE 'bids%' ORDER BY 1", "bids|r\nbids_pkey|i"},
		{"SET search_path = information_schema; SELECT count(*) FROM tables WHERE table_name = 'bids'; RESET search_path", "1"},
	} {
		if got := strings.Join(texts(t, s, tc.query), "\n"); strings.ReplaceAll(strings.ReplaceAll(got, "true", "t"), "false", "f") != tc.want {
			t.Errorf("%s gives %s", tc.query, got)
		}
	}
	for _, tc := range []struct{ text, code string }{
		{"CREATE TABLE pg_catalog.t (a INT)", "42501"}, {"CREATE TABLE millrace.t (a INT)", "42501"}, {"CREATE VIEW information_schema.v AS SELECT 1 AS a", "42501"},
		{"CREATE TABLE nosuch.t (a INT)", "3F000"}, {"CREATE TABLE nosuch.public.t (a INT)", "0A000"}, {"CREATE TABLE pg_catalog.t AS SELECT 1 AS a", "42501"},
		{"INSERT INTO pg_class SELECT 1", "42501"}, {"INSERT INTO pg_catalog.pg_class SELECT 1", "42501"}, {"UPDATE pg_class SET relname = 'x'", "42501"},
		{"DELETE FROM information_schema.tables", "42501"}, {"TRUNCATE pg_class", "42501"}, {"DROP TABLE pg_class", "42501"}, {"DROP VIEW information_schema.tables", "42501"},
		{"SELECT * FROM pg_catalog.nosuch", "42P01"}, {"SELECT * FROM tables", "42P01"}, {"CREATE TABLE t (a INT) WITH (connector = 'system')", "0A000"},
	} {
		stmts, err := s.Parse(tc.text)
		if err == nil {
			_, err = s.Exec(t.Context(), stmts[0])
		}
		if sqlerr.Code(err) != tc.code {
			t.Errorf("%s: %v", tc.text, err)
		}
	}
}
