package tpch_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"flag"
	"fmt"
	"io"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/builtin"
	"millrace/engine"
	"millrace/flow"
	"millrace/formats"
	"millrace/formats/ipc"
	"millrace/formats/parquet"
	"millrace/internal/tpch"
	"millrace/types"
)

var (
	update = flag.Bool("update", false, "write the rows that the oracle gives into the files")
	oracle = flag.String("oracle", "", "who gives them: postgres (by psql, and its environment: a database to fill)")
)

const (
	null    = "\\N"
	dir     = "../../testdata/tpch"
	queries = 22
)

func write(t testing.TB, to, format string, sf float64) {
	t.Helper()
	open := tpch.CSV
	if f := map[string]formats.Columnar{"parquet": parquet.New(), "arrow": ipc.New()}[format]; f != nil {
		open = func(w *bufio.Writer, s types.Schema) (tpch.Writer, error) {
			return f.NewWriter(w, s, nil, memory.DefaultAllocator)
		}
	}
	if err := tpch.Write(t.Context(), to, format, sf, open); err != nil {
		t.Fatal(err)
	}
}

// query is the text of a query; one depends on the scale factor.
func query(t testing.TB, n int, sf float64) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("q%02d.sql", n)))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Replace(string(text), "* 0.0001", fmt.Sprintf("* %g", 0.0001/sf), 1)
}

func resultFile(n int, sf float64) string {
	return filepath.Join(dir, fmt.Sprintf("rows-%g", sf), fmt.Sprintf("q%02d.csv", n))
}

// session has the tables of the files in data.
func session(t testing.TB, data, format string) *engine.Session {
	t.Helper()
	e, err := engine.Open(t.Context(), engine.Config{
		Sources: builtin.Sources(), Sinks: builtin.Sinks(io.Discard),
		Lookup: func(name string) (string, bool) {
			v, ok := map[string]string{"dir": data, "format": format}[name]
			return v, ok
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	s := e.Session()
	if err := s.Settings().Set("parallelism", "2", 0, 0); err != nil {
		t.Fatal(err)
	}
	schema, err := os.ReadFile(filepath.Join(dir, "schema.sql"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rowsOf(t.Context(), s, string(schema)); err != nil {
		t.Fatal(err)
	}
	return s
}

// check runs all queries and compares their rows, in their order, with those of PostgreSQL.
func check(t *testing.T, sf float64, format string) {
	data := t.TempDir()
	write(t, data, format, sf)
	s := session(t, data, format)
	for n := 1; n <= queries; n++ {
		t.Run(fmt.Sprintf("q%02d", n), func(t *testing.T) {
			text, err := os.ReadFile(resultFile(n, sf))
			if err != nil {
				t.Fatal(err)
			}
			want, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			got, err := rowsOf(t.Context(), s, query(t, n, sf))
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != len(want)-1 {
				t.Fatalf("%d rows, PostgreSQL has %d", len(got), len(want)-1)
			}
			for i := range got {
				if !equalRows(got[i], want[i+1]) {
					t.Fatalf("row %d is\n%q\nin PostgreSQL\n%q", i, got[i], want[i+1])
				}
			}
		})
	}
}

// equalRows compares cells. A number may have more digits behind the point than PostgreSQL's, or fewer: how many a
// quotient has is documented to be different. It is then the same but for rounding.
func equalRows(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] && !sameNumber(a[i], b[i]) {
			return false
		}
	}
	return true
}

func sameNumber(a, b string) bool {
	x, ok := new(big.Rat).SetString(a)
	y, ok2 := new(big.Rat).SetString(b)
	if !ok || !ok2 {
		return false
	}
	_, fa, _ := strings.Cut(a, ".")
	_, fb, _ := strings.Cut(b, ".")
	unit := new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(min(len(fa), len(fb)))), nil))
	difference := x.Sub(x, y)
	return difference.Abs(difference).Cmp(unit.Quo(unit, big.NewRat(2, 1))) <= 0
}

func TestQueriesAtScale001FromParquet(t *testing.T) { check(t, 0.01, "parquet") }
func TestQueriesAtScale001FromArrow(t *testing.T)   { check(t, 0.01, "arrow") }

// TestRowsOfPostgres writes the expected rows.
func TestRowsOfPostgres(t *testing.T) {
	if !*update {
		return
	}
	if *oracle != "postgres" {
		t.Fatal("-update needs -oracle=postgres: no rows are written by millrace itself")
	}
	for _, sf := range []float64{0.01, 0.1} {
		data := t.TempDir()
		write(t, data, "csv", sf)
		load(t, data)
		for n := 1; n <= queries; n++ {
			out := psql(t, query(t, n, sf))
			if err := os.MkdirAll(filepath.Dir(resultFile(n, sf)), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(resultFile(n, sf), []byte(out), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// load makes the tables in the database and fills them.
func load(t *testing.T, data string) {
	t.Helper()
	var text strings.Builder
	text.WriteString("SET client_min_messages = warning;\n")
	for _, tab := range tpch.Tables() {
		cols := make([]string, len(tab.Schema))
		for i, c := range tab.Schema {
			cols[i] = c.Name + " " + c.Type.String()
			if c.Type.Kind == types.Text {
				cols[i] += ` COLLATE "C"`
			}
		}
		fmt.Fprintf(&text, "DROP TABLE IF EXISTS %s;\nCREATE TABLE %s (%s);\n\\copy %s FROM '%s' (FORMAT csv)\n",
			tab.Name, tab.Name, strings.Join(cols, ", "), tab.Name, filepath.Join(data, tab.Name+".csv"))
	}
	text.WriteString("CREATE INDEX ON lineitem (l_partkey, l_suppkey);\nCREATE INDEX ON lineitem (l_orderkey);\nCREATE INDEX ON partsupp (ps_partkey);\nANALYZE;\n")
	psql(t, text.String())
}

func psql(t *testing.T, text string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "--csv", "-P", "null="+null)
	cmd.Env = append(os.Environ(), "PGTZ=UTC", "PGDATESTYLE=ISO")
	cmd.Stdin = strings.NewReader(text)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); err != nil {
		t.Fatalf("psql: %v\n%s\n%s", err, errOut.String(), text)
	}
	return out.String()
}

// rowsOf runs statements and gives the rows of the last; as psql prints them.
func rowsOf(ctx context.Context, s *engine.Session, text string) ([][]string, error) {
	stmts, err := s.Parse(text)
	if err != nil {
		return nil, err
	}
	var rows [][]string
	for _, st := range stmts {
		rows = nil
		res, err := s.Exec(ctx, st)
		if err == nil {
			err = res.Each(ctx, func(b *flow.Batch) error {
				for i := range b.Len() {
					row := make([]string, len(res.Schema))
					for c, col := range res.Schema {
						row[c] = null
						if a := b.Rec.Column(c); !a.IsNull(i) {
							row[c] = string(types.AppendText(nil, a, i, col.Type))
						}
					}
					rows = append(rows, row)
				}
				return nil
			})
		}
		if err != nil {
			return nil, err
		}
	}
	return rows, nil
}
