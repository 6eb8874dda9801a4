package engine_test

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/builtin"
	"millrace/engine"
	"millrace/flow"
	"millrace/formats/parquet"
	"millrace/internal/tpch"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
)

var update = flag.Bool("update", false, "write what comes now into the files; read the diff")

func open(t *testing.T, dataDir string) *engine.Session {
	t.Helper()
	e, err := engine.Open(t.Context(), engine.Config{
		Sources: builtin.Sources(), Sinks: builtin.Sinks(io.Discard), DataDir: dataDir,
		Lookup: func(name string) (string, bool) { return "value of " + name, name == "KNOWN" },
	})
	if err != nil {
		t.Fatal(err)
	}
	s := e.Session()
	if err := s.Settings().Set("parallelism", "2", 0, 0); err != nil {
		t.Fatal(err)
	}
	return s
}

// plan runs a text up to and with planning: DDL and SET are executed, queries and INSERTs only planned. It returns
// what EXPLAIN prints of them.
func plan(ctx context.Context, s *engine.Session, text string) (string, error) {
	stmts, err := s.Parse(text)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	for _, stmt := range stmts {
		switch st := stmt.(type) {
		case *sql.Insert, *sql.Update, *sql.Delete, *sql.SelectStatement:
			stmt = &sql.Explain{Node: sql.Node{At: st.Pos()}, Statement: st}
		}
		r, err := s.Exec(ctx, stmt)
		if err != nil {
			return "", err
		}
		if err := r.Each(ctx, func(b *flow.Batch) error {
			for i := range b.Len() {
				out.WriteString(b.Rec.Column(0).ValueStr(i) + "\n")
			}
			return nil
		}); err != nil {
			return "", err
		}
	}
	return out.String(), nil
}

// check runs each file of a folder and holds what comes against the comment behind mark.
func check(t *testing.T, dir, mark string, run func(t *testing.T, text, name string) string) {
	files, err := filepath.Glob(filepath.Join("..", "testdata", dir, "*.sql"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, path := range files {
		name := filepath.Base(path)
		t.Run(strings.TrimSuffix(name, ".sql"), func(t *testing.T) {
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			text, want, _ := strings.Cut(string(raw), "-- "+mark+":\n")
			var got strings.Builder
			for line := range strings.Lines(run(t, text, name)) {
				got.WriteString(strings.TrimRight("-- "+strings.TrimRight(line, "\n"), " ") + "\n")
			}
			if *update {
				if err := os.WriteFile(path, []byte(text+"-- "+mark+":\n"+got.String()), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got.String() != want {
				t.Errorf("got\n%s\nwant\n%s", got.String(), want)
			}
		})
	}
}

func TestWrongStatementsSayWhatIsWrongAndWhere(t *testing.T) {
	check(t, "errors", "error", func(t *testing.T, text, name string) string {
		out, err := plan(t.Context(), open(t, ""), text)
		if err == nil {
			t.Fatalf("no error; the plan is\n%s", out)
		}
		var e *sqlerr.Error
		if !errors.As(err, &e) {
			t.Fatalf("an error without a code: %v", err)
		}
		return sqlerr.Render(err, text, name)
	})
}

func TestPlans(t *testing.T) {
	check(t, "plans", "plan", func(t *testing.T, text, name string) string {
		out, err := plan(t.Context(), open(t, ""), text)
		if err != nil {
			t.Fatal(sqlerr.Render(err, text, name))
		}
		return out
	})
}

// planIn plans a text as another run over the same data folder would.
func planIn(t *testing.T, dir, text string) (string, error) {
	t.Helper()
	e := open(t, dir)
	out, err := plan(t.Context(), e, text)
	return out, errors.Join(err, e.Close())
}

func TestTablesAreKeptInTheDataFolder(t *testing.T) {
	dir := t.TempDir()
	const create = "CREATE TABLE kept (id BIGINT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '1' SECOND)\nWITH (connector = 'file', path = '${KNOWN}', format = 'json')"
	if _, err := planIn(t, dir, create); err != nil {
		t.Fatal(err)
	}
	got, err := planIn(t, dir, "DESCRIBE kept")
	if err != nil {
		t.Fatal(err)
	}
	if got != "id\nat\n" {
		t.Errorf("columns %q", got)
	}
	stored, err := os.ReadFile(filepath.Join(dir, "tables", "kept.sql"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(stored), "value of") {
		t.Errorf("the value of a variable was stored: %s", stored)
	}
	if _, err := planIn(t, dir, "DROP TABLE kept"); err != nil {
		t.Fatal(err)
	}
	if _, err := planIn(t, dir, "DESCRIBE kept"); sqlerr.Code(err) != sqlerr.UndefinedTable {
		t.Errorf("after DROP: %v", err)
	}
}

// The columns that a file has when the table is declared are kept with it, so that the file may be gone later.
func TestColumnsOfAFileAreKeptWithTheTable(t *testing.T) {
	dir, file := t.TempDir(), filepath.Join(t.TempDir(), "nation.parquet")
	err := tpch.Write(t.Context(), filepath.Dir(file), "parquet", 0.001, func(w *bufio.Writer, s types.Schema) (tpch.Writer, error) {
		return parquet.New().NewWriter(w, s, nil, memory.DefaultAllocator)
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := planIn(t, dir, "CREATE TABLE n WITH (connector = 'file', path = '"+file+"', format = 'parquet')"); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	got, err := planIn(t, dir, "DESCRIBE n")
	if err != nil {
		t.Fatal(err)
	}
	if got != "n_nationkey\nn_name\nn_regionkey\nn_comment\n" {
		t.Errorf("columns %q", got)
	}
	if _, err := planIn(t, dir, "CREATE TABLE gone WITH (connector = 'file', path = '"+file+"', format = 'parquet')"); sqlerr.Code(err) != sqlerr.IOError {
		t.Errorf("a file that is not there: %v", err)
	}
}
