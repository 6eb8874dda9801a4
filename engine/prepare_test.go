package engine_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"millrace/engine"
	"millrace/planner"
	"millrace/sqlerr"
	"millrace/types"
)

// preparedTable is the table of testdata/prepared.txt.
const preparedTable = `CREATE TABLE t (id INT PRIMARY KEY, n BIGINT, s SMALLINT, name TEXT, price NUMERIC(10,2), rate DOUBLE PRECISION,
	r REAL, ok BOOLEAN, day DATE, at TIMESTAMP, tz TIMESTAMPTZ, span INTERVAL, u UUID, doc JSON, tags TEXT[], nums INT[], raw BYTEA)`

// pgNames are the types as PostgreSQL prints them, where it is not the name in lower case.
var pgNames = map[types.Kind]string{
	types.Int32: "integer", types.Float64: "double precision", types.Decimal: "numeric",
	types.Timestamp: "timestamp without time zone", types.TimestampTZ: "timestamp with time zone",
}

func pgName(t types.Type) string {
	if t.Kind == types.Array {
		return pgName(*t.Elem) + "[]"
	}
	if name, ok := pgNames[t.Kind]; ok {
		return name
	}
	return strings.ToLower(t.Kind.String())
}

func pgList(ts []types.Type) string {
	names := make([]string, len(ts))
	for i, t := range ts {
		names[i] = pgName(t)
	}
	return strings.Join(names, ", ")
}

// preparedCase is a statement of the file.
type preparedCase struct{ text, postgres, ours string }

const preparedFile = "testdata/prepared.txt"

func preparedCases(t *testing.T) (comment string, cases []preparedCase) {
	t.Helper()
	text, err := os.ReadFile(preparedFile)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		switch {
		case line == "":
		case line[0] == '#':
			comment += line + "\n"
		case line[0] == '=':
			cases[len(cases)-1].postgres = strings.TrimSpace(line[1:])
		case line[0] == '!':
			cases[len(cases)-1].ours = strings.TrimSpace(line[1:])
		default:
			cases = append(cases, preparedCase{text: line})
		}
	}
	return comment, cases
}

// askPostgres has the PostgreSQL that psql connects to answer the cases, and writes the file.
func askPostgres(t *testing.T, comment string, cases []preparedCase) {
	var script strings.Builder
	script.WriteString("SET client_min_messages = error;\nDROP TABLE IF EXISTS pg_temp.t;\n" + strings.Replace(preparedTable, "TABLE", "TEMP TABLE", 1) + ";\n")
	for _, c := range cases {
		fmt.Fprintf(&script, "PREPARE p AS %s;\n\\echo :SQLSTATE\nSELECT array_to_string(parameter_types, ', ') FROM pg_prepared_statements;\n\\echo ----\nDEALLOCATE ALL;\n", c.text)
	}
	cmd := exec.Command("psql", "-X", "-q", "-A", "-t")
	cmd.Stdin = strings.NewReader(script.String())
	var errOut bytes.Buffer
	cmd.Stderr = &errOut
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("psql: %v\n%s", err, errOut.String())
	}
	answers := strings.Split(string(out), "----\n")
	if len(answers) != len(cases)+1 {
		t.Fatalf("%d answers for %d statements", len(answers)-1, len(cases))
	}
	var file strings.Builder
	file.WriteString(comment)
	for i, c := range cases {
		code, answer, _ := strings.Cut(answers[i], "\n")
		if code != "00000" {
			answer = "error " + code
		}
		fmt.Fprintf(&file, "\n%s\n= %s\n", c.text, strings.TrimSpace(answer))
		if c.ours != "" {
			fmt.Fprintf(&file, "! %s\n", c.ours)
		}
	}
	if err := os.WriteFile(preparedFile, []byte(file.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestParameterTypesAreThoseOfPostgreSQL(t *testing.T) {
	comment, cases := preparedCases(t)
	if *update {
		askPostgres(t, comment, cases)
		_, cases = preparedCases(t)
	}
	s := keeping(t, "", io.Discard).Session()
	must(t, s, preparedTable)
	must(t, s, "INSERT INTO t (id, n, name, price) VALUES (1, 2, 'x', 1.5)")
	for _, c := range cases {
		t.Run(c.text, func(t *testing.T) {
			want, _, _ := strings.Cut(c.postgres, " -- ")
			if c.ours != "" {
				var why string
				if want, why, _ = strings.Cut(c.ours, " -- "); why == "" || want == c.postgres {
					t.Errorf("! has to tell another type than PostgreSQL's, and why")
				}
			}
			p, err := prepare(t, s, c.text, nil)
			got := ""
			if err != nil {
				got = "error " + string(sqlerr.Code(err))
			} else {
				got = pgList(p.Params)
			}
			if got != want {
				t.Errorf("the parameters are %q, want %q (%v)", got, want, err)
			}
			if err != nil {
				return
			}
			// what was described comes, with values too
			params := make([]planner.Param, len(p.Params))
			r, err := s.Run(t.Context(), p, params...)
			if err != nil { // such as a frame that begins at NULL
				if code := sqlerr.Code(err); code != "22004" && code != sqlerr.NotNullViolation {
					t.Error(err)
				}
				return
			}
			if len(r.Schema) != len(p.Schema) {
				t.Fatalf("%v was described, %v came", p.Schema, r.Schema)
			}
			for i, col := range p.Schema {
				if o := r.Schema[i]; o.Name != col.Name || o.Type.OID() != col.Type.OID() { // a decimal's digits may be others
					t.Errorf("column %d was described as %v, %v came", i+1, col, o)
				}
			}
		})
	}
}

func prepare(t *testing.T, s *engine.Session, text string, declared []types.Type) (*engine.Prepared, error) {
	t.Helper()
	stmts, err := s.Parse(text)
	if err != nil {
		return nil, err
	}
	return s.Prepare(t.Context(), stmts[0], declared)
}

func TestTypesThatAClientDeclaresWin(t *testing.T) {
	s := keeping(t, "", io.Discard).Session()
	must(t, s, preparedTable)
	of := types.Of
	for _, tc := range []struct {
		text     string
		declared []types.Type
		want     string // the parameters, or the error's code
	}{
		{"SELECT * FROM t WHERE id = $1", []types.Type{of(types.Int64)}, "bigint"},
		{"SELECT * FROM t WHERE id = $1 AND name = $2", []types.Type{{}, of(types.Text)}, "integer, text"},
		{"SELECT * FROM t WHERE id = $1 AND name = $2", []types.Type{of(types.Int16)}, "smallint, text"},
		{"SELECT $1", []types.Type{of(types.Date)}, "date"},
		{"SELECT $1 + $2", []types.Type{of(types.Decimal), of(types.Int32)}, "numeric, integer"},
		{"SELECT 1", []types.Type{of(types.Date)}, "date"},
		{"INSERT INTO t (id, price, rate) VALUES ($1, $2, $3)", []types.Type{of(types.Int64), of(types.Float64), of(types.Decimal)}, "bigint, double precision, numeric"},
		{"UPDATE t SET price = $1 WHERE id = $2", []types.Type{of(types.Decimal)}, "numeric, integer"},
		{"SELECT * FROM t LIMIT $1", []types.Type{of(types.Int16)}, "smallint"},
		{"SELECT * FROM t WHERE id = $1", []types.Type{of(types.Text)}, "42883"},
		{"INSERT INTO t (id) VALUES ($1)", []types.Type{of(types.Date)}, "42804"},
		{"EXPLAIN SELECT * FROM t WHERE id = $1", nil, "integer"},
		{"CREATE TABLE u AS SELECT id FROM t WHERE name = $1", nil, "text"},
		{"SHOW parallelism", nil, ""},
		{"BEGIN", nil, ""},
		{"SELECT $65536", nil, "42601"},
		{"SELECT $0", nil, "42601"},
		{"SELECT * FROM nowhere WHERE a = $1", nil, "42P01"},
	} {
		p, err := prepare(t, s, tc.text, tc.declared)
		got := ""
		if err != nil {
			got = string(sqlerr.Code(err))
		} else {
			got = pgList(p.Params)
		}
		if got != tc.want {
			t.Errorf("%s with %s: %q, want %q (%v)", tc.text, pgList(tc.declared), got, tc.want, err)
		}
	}
}

func TestAPreparedStatementRunsWithItsValues(t *testing.T) {
	s := keeping(t, "", io.Discard).Session()
	must(t, s, preparedTable)
	text := func(v string) planner.Param { return planner.Param{Value: v} }
	of := types.Of
	for _, tc := range []struct {
		text   string
		params []planner.Param
		want   string // the rows, the tag, or the error's code
	}{
		{"INSERT INTO t (id, price, day, tags) VALUES ($1, $2, $3, $4) RETURNING id", []planner.Param{text("1"), text("12.50"), text("2026-01-02"), text("{a,b}")}, "1"},
		{"INSERT INTO t (id, n) VALUES ($1, $1)", []planner.Param{text("2")}, "INSERT 0 1"},
		{"INSERT INTO t (id, price) VALUES ($1, $2)", []planner.Param{text("3"), text("1.234")}, "42804"},
		{"INSERT INTO t (id, price) SELECT $1, $2", []planner.Param{text("3"), text("1.230")}, "INSERT 0 1"},
		{"UPDATE t SET price = $1 WHERE id = $2", []planner.Param{{}, text("3")}, "UPDATE 1"},
		{"SELECT price FROM t WHERE id = $1", []planner.Param{text("3")}, ""},
		{"SELECT id FROM t WHERE price = $1", []planner.Param{text("12.50000000000001")}, ""},
		{"SELECT id FROM t WHERE price = $1", []planner.Param{text("12.5")}, "1"},
		{"SELECT id FROM t WHERE id = ANY($1) ORDER BY id", []planner.Param{text("{1,3}")}, "1; 3"},
		{"SELECT id FROM t WHERE tags = $1", []planner.Param{text("{a,b}")}, "1"},
		{"SELECT id FROM t WHERE $1 IS NULL OR id = $1 ORDER BY id", []planner.Param{{}}, "1; 2; 3"},
		{"SELECT id FROM t WHERE $1 IS NULL OR id = $1 ORDER BY id", []planner.Param{text("2")}, "2"},
		{"SELECT id FROM t ORDER BY id LIMIT $1 OFFSET $2", []planner.Param{text("1"), text("1")}, "2"},
		{"SELECT price + $1 FROM t WHERE id = $2", []planner.Param{text("1.505"), text("1")}, "14.005"},
		{"SELECT $1", []planner.Param{text("it's")}, "it's"},
		{"SELECT $1 + 1", []planner.Param{{Type: of(types.Int64), Value: int64(4)}}, "5"},
		{"SELECT date_trunc($1, $2::timestamp)", []planner.Param{text("day"), text("2026-01-02 03:04:05")}, "2026-01-02 00:00:00"},
		{"SELECT $1 + 1", []planner.Param{text("four")}, "22P02"},
		{"SELECT $1 + 1", []planner.Param{{Type: of(types.Int64), Value: int64(1) << 40}}, "22003"},
		{"SELECT $1", nil, "08P01"},
		{"SELECT 1", []planner.Param{text("a")}, "08P01"},
	} {
		p, err := prepare(t, s, tc.text, nil)
		if err != nil {
			t.Errorf("%s: %v", tc.text, err)
			continue
		}
		got, err := resultText(t.Context(), s, p, tc.params)
		if err != nil {
			got = string(sqlerr.Code(err))
		}
		if got != tc.want {
			t.Errorf("%s: %q, want %q (%v)", tc.text, got, tc.want, err)
		}
	}
}

func resultText(ctx context.Context, s *engine.Session, p *engine.Prepared, params []planner.Param) (string, error) {
	r, err := s.Run(ctx, p, params...)
	if err != nil {
		return "", err
	}
	return rowsText(ctx, r)
}

func TestAStatementWhoseTableHasChangedIsRefused(t *testing.T) {
	s := keeping(t, "", io.Discard).Session()
	must(t, s, "CREATE TABLE t (id INT PRIMARY KEY, n INT)")
	read, err := prepare(t, s, "SELECT * FROM t", nil)
	if err != nil {
		t.Fatal(err)
	}
	write, err := prepare(t, s, "INSERT INTO t VALUES (1) RETURNING *", nil)
	if err != nil {
		t.Fatal(err)
	}
	must(t, s, "DROP TABLE t; CREATE TABLE t (id INT PRIMARY KEY, n TEXT)")
	for _, p := range []*engine.Prepared{read, write} {
		if _, err := s.Run(t.Context(), p); sqlerr.Code(err) != sqlerr.FeatureNotSupported {
			t.Errorf("%s: %v", p.Tag, err)
		}
	}
	if got := must(t, s, "SELECT count(*) FROM t"); got != "0" {
		t.Errorf("%s rows were written by a statement that was refused", got)
	}
}

func TestAViewHasNoParameters(t *testing.T) {
	s := keeping(t, "", io.Discard).Session()
	if _, err := ask(t.Context(), s, "CREATE VIEW v AS SELECT $1::int AS x", planner.Param{Value: "1"}); sqlerr.Code(err) != "42P02" {
		t.Errorf("the error is %v", err)
	}
}
