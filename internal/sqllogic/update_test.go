package sqllogic

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"millrace/internal/testkit"
)

// postgres is a connection to a database of its own, in the PostgreSQL of MILLRACE_POSTGRES or in one that it starts
// for this test.
func postgres(t testing.TB) *Postgres {
	t.Helper()
	address := os.Getenv("MILLRACE_POSTGRES")
	if address == "" {
		address = startPostgres(t)
	}
	dial := func(database string) *Postgres {
		p, err := DialPostgres(address, database)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { p.Close() })
		return p
	}
	admin, name := dial("postgres"), testkit.Name(t, "sqllogic")
	if err := admin.Must("CREATE DATABASE " + name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := admin.Must("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return dial(name)
}

func startPostgres(t testing.TB) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "millrace-postgres")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(folder, 0o755); err != nil { // the server is another user's
		t.Fatal(err)
	}
	port := testkit.FreePort(t, 1)
	script := func(verb string) {
		cmd := exec.Command(filepath.Join(testkit.Root(t), "scripts", "services", "postgres.sh"), verb)
		cmd.Env = append(os.Environ(), "SERVICES_DIR="+folder, fmt.Sprintf("POSTGRES_PORT=%d", port))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s %s: %v\n%s", cmd.Path, verb, err, out)
		}
	}
	t.Cleanup(func() {
		script("wipe")
		os.RemoveAll(folder)
	})
	script("start")
	return fmt.Sprintf("127.0.0.1:%d", port)
}

// fresh empties the database and fills it by the statements of schema.
func fresh(t testing.TB, p *Postgres, schema string) {
	t.Helper()
	if err := p.Must("DROP SCHEMA public CASCADE; CREATE SCHEMA public;"); err != nil {
		t.Fatal(err)
	}
	if err := p.Must(schema); err != nil {
		t.Fatal(err)
	}
}

// updateFiles writes what PostgreSQL answers into every file.
func updateFiles(t *testing.T) {
	p, text := postgres(t), schema(t)
	for _, f := range load(t) {
		fresh(t, p, text)
		for _, r := range f.Records {
			if r.For("postgresql") {
				ask(t, p, r)
			}
		}
		if err := os.WriteFile(f.Path, []byte(f.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// ask has PostgreSQL say what comes of a record.
func ask(t testing.TB, p *Postgres, r *Record) {
	t.Helper()
	a, err := p.Run(r.SQL)
	if err != nil {
		t.Fatal(err)
	}
	r.New, r.Error, r.Rows = false, a.Code, a.Rows
	if r.Kind != "query" {
		return
	}
	if r.Types = a.Types; r.Error != "" {
		r.Types, r.Sort = "", ""
		return
	}
	if r.Sort == "" {
		r.Sort = "rowsort"
		if ordered(r.SQL) {
			r.Sort = "nosort"
		}
	}
}

// ordered guesses whether the order of a query's rows is its own: whether ORDER BY stands outside of all parentheses.
func ordered(text string) bool {
	depth, upper := 0, strings.ToUpper(text)
	for i, c := range upper {
		switch c {
		case '(':
			depth++
		case ')':
			depth--
		case 'O':
			if depth == 0 && strings.HasPrefix(upper[i:], "ORDER BY") {
				return true
			}
		}
	}
	return false
}
