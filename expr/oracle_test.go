package expr_test

import (
	"bytes"
	"encoding/csv"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "have the PostgreSQL that psql connects to write the values into testdata/postgres*.txt")

func postgresFiles(t *testing.T) []string {
	files, err := filepath.Glob("testdata/postgres*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files of cases: %v", err)
	}
	return files
}

// TestPostgresWritesTheCases has the value of each expression computed by PostgreSQL. A new case is a line with the
// expression alone.
func TestPostgresWritesTheCases(t *testing.T) {
	if !*update {
		t.Skip("without -update")
	}
	for _, name := range postgresFiles(t) {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(string(data)), "\n")
		var exprs []string
		for _, l := range lines {
			if l != "" && l[0] != '#' {
				text, _, _ := strings.Cut(l, " => ")
				exprs = append(exprs, text)
			}
		}
		values := askPostgres(t, exprs)
		for i, l := range lines {
			if l != "" && l[0] != '#' {
				lines[i] = exprs[0] + " => " + values[0]
				if strings.Contains(values[0], "\n") {
					t.Errorf("%s has a value of several lines", exprs[0])
				}
				exprs, values = exprs[1:], values[1:]
			}
		}
		if err := os.WriteFile(name, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// askPostgres gives the value of each expression as text, NULL as such, or "error" and its SQLSTATE.
func askPostgres(t *testing.T, exprs []string) []string {
	var in bytes.Buffer
	in.WriteString(`CREATE FUNCTION pg_temp.value(e text) RETURNS text LANGUAGE plpgsql AS $f$
DECLARE r text;
BEGIN EXECUTE 'SELECT (' || e || ')::text' INTO r; RETURN coalesce(r, 'NULL');
EXCEPTION WHEN OTHERS THEN RETURN 'error ' || SQLSTATE; END $f$;
`)
	for _, e := range exprs {
		fmt.Fprintf(&in, "SELECT '=' || pg_temp.value('%s');\n", strings.ReplaceAll(e, "'", "''"))
	}
	cmd := exec.Command("psql", "-X", "-q", "--csv", "-t")
	cmd.Env = append(os.Environ(), "PGTZ=UTC", "PGDATESTYLE=ISO", "PGOPTIONS=-c intervalstyle=postgres")
	cmd.Stdin = &in
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); err != nil || errOut.Len() > 0 {
		t.Fatalf("psql: %v\n%s", err, errOut.String())
	}
	records, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(records) != len(exprs) {
		t.Fatalf("%d values for %d expressions: %v", len(records), len(exprs), err)
	}
	values := make([]string, len(records))
	for i, r := range records {
		values[i] = r[0][1:] // without the = that keeps an empty value from being an empty line
	}
	return values
}
