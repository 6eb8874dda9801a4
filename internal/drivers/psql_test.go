//go:build services

package drivers

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"millrace/internal/testkit"
)

// owner is who has all that there is, as millrace's own pg_catalog says it.
const owner = "millrace"

// postgres is a database of the real PostgreSQL with the same tables, whose owner has the name that millrace tells.
func postgres(t *testing.T) func(t *testing.T, args ...string) (string, error) {
	t.Helper()
	host, port, ok := strings.Cut(os.Getenv("MILLRACE_POSTGRES"), ":")
	if !ok {
		t.Fatal("MILLRACE_POSTGRES is not set: make test starts the real PostgreSQL and sets it")
	}
	name := testkit.Name(t, "clients")
	run := func(db, user string, args ...string) (string, error) {
		cmd := exec.Command("psql", append([]string{"-X", "-v", "ON_ERROR_STOP=1", "-h", host, "-p", port, "-U", user, "-d", db}, args...)...)
		cmd.Env = append(os.Environ(), "PAGER=cat", "PSQL_HISTORY=/dev/null")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	admin := func(cmds ...string) {
		t.Helper()
		for _, c := range cmds {
			if out, err := run("postgres", "postgres", "-q", "-c", c); err != nil {
				t.Fatalf("%s: %v\n%s", c, err, out)
			}
		}
	}
	admin("DO $$ BEGIN CREATE ROLE "+owner+" SUPERUSER LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$", fmt.Sprintf("CREATE DATABASE %s OWNER %s", name, owner))
	t.Cleanup(func() { admin(fmt.Sprintf("DROP DATABASE %s WITH (FORCE)", name)) })
	psql := func(t *testing.T, args ...string) (string, error) { return run(name, owner, args...) }
	if out, err := psql(t, "-q", "-f", "schema.sql", "-c", "REFRESH MATERIALIZED VIEW totals"); err != nil {
		t.Fatalf("schema.sql on PostgreSQL: %v\n%s", err, out)
	}
	return psql
}

func TestPsqlPrintsWhatItPrintsOfPostgreSQL(t *testing.T) {
	s := serve(t)
	s.schema(t)
	pg := postgres(t)
	for _, c := range []struct{ name, script string }{
		{"the columns of a table", `\d customers`},
		{"columns with digits and zones", `\d orders`},
		{"columns of every type", `\d kinds`},
		{"a table in full", `\d+ customers`},
		{"all relations", `\d`},
		{"tables", `\dt`},
		{"tables by a pattern", `\dt c*`},
		{"a table that is not there", `\dt nosuch`},
		{"views", `\dv`},
		{"materialized views", `\dm`},
		{"indexes", `\di`},
		{"sequences", `\ds`},
		{"foreign tables", `\det`},
		{"extensions by a pattern", `\dx nosuch`},
		{"text search", `\dF nosuch`},
		{"privileges", `\dp customers`},
		{"domains", `\dD`},
		{"event triggers", `\dy`},
		{"publications", `\dRp`},
		{"the description of a result", `SELECT id, amount, at, note, count(*) OVER () FROM orders \gdesc`},
		{"a parameter's place in a description", `SELECT 1 AS a, 'x' AS b, NULL AS c, 1.5::float8 AS d, now() AS e, ARRAY[1] AS f \gdesc`},
		{"expanded", `SELECT * FROM customers ORDER BY id \gx`},
		{"crosstab", `SELECT customer, paid, count(*) FROM orders GROUP BY customer, paid ORDER BY 1, 2 \crosstabview`},
		{"variables by \\gset", "SELECT 41 + 1 AS answer \\gset\n\\echo :answer"},
		{"statements by \\gexec", `SELECT 'SELECT ' || g FROM generate_series(1, 3) AS t(g) \gexec`},
		{"every type as text", `SELECT * FROM kinds ORDER BY id \gx`},
		{"\\copy out", `\copy (SELECT * FROM orders ORDER BY id) TO STDOUT WITH (FORMAT csv, HEADER)`},
		{"\\copy in", "\\copy customers FROM STDIN WITH (FORMAT csv)\n300,\"from, psql\",2026-01-01\n301,x,\n\\.\nSELECT * FROM customers WHERE id >= 300 ORDER BY id;\nDELETE FROM customers WHERE id >= 300;"},
		{"COPY in text", "COPY customers (id, name) FROM STDIN;\n310\ta\\tb\n311\t\\\\N\n\\.\nSELECT * FROM customers WHERE id >= 310 ORDER BY id;\nDELETE FROM customers WHERE id >= 310;"},
		{"rows in pieces", "\\set FETCH_COUNT 2\nSELECT g FROM generate_series(1, 5) AS t(g);"},
		{"a transaction", "BEGIN;\nSELECT 1;\nCOMMIT;\nBEGIN;\nSELECT 2;\nROLLBACK;"},
		{"PREPARE and EXECUTE", "PREPARE p(int) AS SELECT $1 + 1 AS n;\nEXECUTE p(41);\nDEALLOCATE p;"},
		{"a cursor", "BEGIN;\nDECLARE c CURSOR FOR SELECT g FROM generate_series(1, 10) AS t(g);\nFETCH 3 FROM c;\nMOVE 2 IN c;\nFETCH NEXT FROM c;\nCLOSE c;\nCOMMIT;"},
		{"tags", "CREATE TABLE tags (a INT PRIMARY KEY);\nINSERT INTO tags VALUES (1), (2);\nUPDATE tags SET a = 3 WHERE a = 1;\nDELETE FROM tags WHERE a = 2;\nTRUNCATE tags;\nDROP TABLE tags;"},
		{"an empty statement", ";"},
		{"several statements of one message", `SELECT 1 AS a\; SELECT 2 AS b;`},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "script")
			if err := os.WriteFile(file, []byte(c.script+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			want, err := pg(t, "-f", file)
			if err != nil {
				t.Fatalf("PostgreSQL: %v\n%s", err, want)
			}
			got, err := s.psql(t, "-f", file)
			if err != nil || got != want {
				t.Errorf("%s\nmillrace (%v):\n%s\nPostgreSQL:\n%s", c.script, err, got, want)
			}
		})
	}
}

func TestPsqlListsWhatOnlyMillraceHas(t *testing.T) {
	s := serve(t)
	s.schema(t)
	for _, c := range []struct{ command, want string }{
		{`\l`, `(?m)^ millrace +\| millrace +\| UTF8`},
		{`\d totals`, `(?s)Materialized view "public.totals".*customer +\| integer.*orders +\| bigint.*amount +\| numeric`},
		{`\du`, `(?m)^ ann +\|`},
		{`\dn`, `(?m)^ public +\|`},
		{`\dn+`, `(?m)^ public +\|`},
		{`\df date_trunc`, `(?m)^ pg_catalog +\| date_trunc +\| timestamp`},
		{`\df+ date_trunc`, `date_trunc`},
		{`\da count`, `count`},
		{`\dT int`, `(?i)integer`},
		{`\conninfo`, `You are connected to database "millrace" as user "ann"`},
		{`\encoding`, `UTF8`},
		{`SELECT version()`, `PostgreSQL 15.*millrace`},
		{`SHOW JOBS`, `\(0 rows\)`},
		{`EXPLAIN SELECT count(*) FROM orders`, `(?s)Aggregate.*Scan.*table: orders`},
	} {
		t.Run(c.command, func(t *testing.T) {
			got, err := s.psql(t, "-c", c.command)
			if err != nil {
				t.Fatalf("%v\n%s", err, got)
			}
			if !regexp.MustCompile(c.want).MatchString(got) {
				t.Errorf("want %s in:\n%s", c.want, got)
			}
		})
	}
}

func TestPsqlShowsTheLineAndTheCaretOfAnError(t *testing.T) {
	s := serve(t)
	s.schema(t)
	pg := postgres(t)
	caret := regexp.MustCompile(`(?m)^LINE .*\n +\^$`)
	for _, text := range []string{
		"SELECT nosuch FROM orders",
		"SELECT id,\n       note,\n       nosuch\nFROM orders",
		"SELECT id FROM customers WHERE name = 'ěščř' AND čeněk > 1",
		"SELECT 1 FROM nosuch",
		"SELECT nosuch(1)",
		"SELECT id FROM customers WHERE",
		"SELECT 1 +",
		"SELECT 'x'::int",
		"INSERT INTO orders (nosuch) VALUES (1)",
	} {
		t.Run(text, func(t *testing.T) {
			want, _ := pg(t, "-c", text)
			got, err := s.psql(t, "-c", text)
			if err == nil {
				t.Fatalf("no error:\n%s", got)
			}
			w, g := caret.FindString(want), caret.FindString(got)
			if w == "" || g != w {
				t.Errorf("millrace:\n%s\nPostgreSQL:\n%s", got, want)
			}
		})
	}
}

func TestPsqlWatchesAViewUntilItIsInterrupted(t *testing.T) {
	s := serve(t)
	s.schema(t)
	file := filepath.Join(t.TempDir(), "watch")
	if err := os.WriteFile(file, []byte("SELECT 'rows ' || sum(orders) AS n FROM totals \\watch 0.1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, e := range s.env() {
		if k, v, _ := strings.Cut(e, "="); strings.HasPrefix(k, "PG") {
			t.Setenv(k, v)
		}
	}
	p := testkit.Start(t, "", "psql", "-X", "-f", file)
	sees := func(what string) {
		testkit.Eventually(t, 30*time.Second, "psql shows "+what, func() bool { return strings.Contains(p.Stdout(), what) })
	}
	sees("rows 3")
	if out, err := s.psql(t, "-c", "INSERT INTO orders (id, customer) VALUES (1000, 1)"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	sees("rows 4")
	p.Interrupt()
	p.Wait(20 * time.Second)
}

func TestPsqlEditsAStatement(t *testing.T) {
	s := serve(t)
	dir := t.TempDir()
	editor := filepath.Join(dir, "editor")
	if err := os.WriteFile(editor, []byte("#!/bin/sh\nsed -i s/1/42/ \"$1\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PSQL_EDITOR", editor)
	script := filepath.Join(dir, "script")
	if err := os.WriteFile(script, []byte("SELECT 1 AS edited\n\\e\n;\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := s.psql(t, "-f", script)
	if err != nil || !strings.Contains(got, "42") {
		t.Errorf("%v\n%s", err, got)
	}
}
