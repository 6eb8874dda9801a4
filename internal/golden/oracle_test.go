package golden

import (
	"bytes"
	"encoding/csv"
	stdjson "encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"millrace/catalog"
	"millrace/types"
)

// updateAll asks the oracle for the rows of each query and writes them into the files.
func updateAll(t *testing.T, queries []*Query) {
	if *oracle != "postgres" {
		t.Fatal("-update needs -oracle=postgres: no file's rows are written by millrace itself")
	}
	version := strings.TrimSpace(psql(t, "SHOW server_version_num"))
	f := newFixture(t, queries[0])
	names, _ := f.cat.Tables(t.Context(), "", "")
	setup := "SET client_min_messages = warning;\n"
	for _, n := range names {
		table, err := f.cat.Table(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		setup += load(t, table)
	}
	psql(t, setup)
	from := "postgres " + version[:2]
	for _, q := range queries {
		if !strings.HasPrefix(q.From, "postgres") {
			continue
		}
		t.Log(q.Name)
		f := newFixture(t, q)
		plan := f.plan(t, f.env(f.file, true, 1))
		text := q.Oracle
		if text == "" {
			text = q.SQL
		}
		records, err := csv.NewReader(strings.NewReader(psql(t, text))).ReadAll()
		if err != nil {
			t.Fatalf("%s: %v", q.Name, err)
		}
		var rows []string
		for _, rec := range records {
			if len(rec) != len(plan.Schema) {
				t.Fatalf("%s: the oracle gives %d columns, the plan %d", q.Name, len(rec), len(plan.Schema))
			}
			cells := make([]string, len(rec))
			for i, v := range rec {
				if plan.Schema[i].Type.Kind == types.Bool {
					v = map[string]string{"t": "true", "f": "false", null: null}[v]
				}
				cells[i] = cell(v, v == null)
			}
			rows = append(rows, row(cells))
		}
		if err := q.Write(from, plan.Schema.Names(), rows); err != nil {
			t.Fatal(err)
		}
	}
}

const null = "\\N"

func psql(t *testing.T, text string) string {
	t.Helper()
	cmd := exec.Command("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "--csv", "-t", "-P", "null="+null)
	cmd.Env = append(os.Environ(), "PGTZ=UTC", "PGDATESTYLE=ISO", "PGOPTIONS=-c intervalstyle=postgres")
	cmd.Stdin = strings.NewReader(text)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); err != nil {
		t.Fatalf("psql: %v\n%s\n%s", err, errOut.String(), text)
	}
	return out.String()
}

// load is the statements that make a table and fill it from its file.
func load(t *testing.T, table *catalog.Table) string {
	t.Helper()
	var cols, names []string
	for _, c := range table.Columns {
		name := c.Type.String()
		if c.Type.Kind == types.Float64 {
			name = "DOUBLE PRECISION"
		}
		cols = append(cols, fmt.Sprintf("%q %s", c.Name, name))
		names = append(names, fmt.Sprintf("%q", c.Name))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "DROP TABLE IF EXISTS %s; CREATE TABLE %s (%s) ;\n", table.Name, table.Name, strings.Join(cols, ", "))
	text, err := os.ReadFile(filepath.Join(dir, "data", table.Name.Table+".jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var rec map[string]any
		d := stdjson.NewDecoder(strings.NewReader(line))
		d.UseNumber()
		if err := d.Decode(&rec); err != nil {
			t.Fatal(err)
		}
		var values []string
		for _, c := range table.Columns {
			v, ok := rec[c.Name]
			if !ok || v == nil {
				values = append(values, "NULL")
				continue
			}
			values = append(values, "'"+strings.ReplaceAll(fmt.Sprint(v), "'", "''")+"'")
		}
		fmt.Fprintf(&b, "INSERT INTO %s (%s) VALUES (%s);\n", table.Name, strings.Join(names, ", "), strings.Join(values, ", "))
	}
	return b.String()
}
