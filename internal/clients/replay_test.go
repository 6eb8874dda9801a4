package clients

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/builtin"
	"millrace/engine"
	"millrace/expr"
	"millrace/flow"
	"millrace/planner"
	"millrace/types"
)

var (
	update = flag.Bool("update", false, "ask the PostgreSQL of MILLRACE_POSTGRES, and write its answers and where millrace's differ")
	folder = filepath.Join("..", "..", "testdata", "clients")
)

// TestClientsGetTheirAnswers replays what the clients send. What PostgreSQL answers is in NAME.postgres; a statement whose
// answer is another one here has that in NAME.millrace, so that no answer changes unseen.
func TestClientsGetTheirAnswers(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(folder, "*.sql"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		name := strings.TrimSuffix(filepath.Base(path), ".sql")
		if name == "schema" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			f, err := Read(path)
			if err != nil {
				t.Fatal(err)
			}
			base := strings.TrimSuffix(path, ".sql")
			got := ask(t, openMillrace(t), f)
			if *update {
				write(t, base, f, ask(t, dialPostgres(t), f), got)
			}
			compare(t, f, readAnswers(t, base+".postgres"), readAnswers(t, base+".millrace"), got)
		})
	}
}

// server is one of the two that are asked.
type server interface {
	run(Statement) answer
	// oids are those of the tables and their kin, by relation and name.
	oids() map[Object]string
}

// answer is the rows of a statement, one a line, with its columns in front, or an error.
type answer []string

// ask replays a file, with the OIDs that the server has for what the file's are of, and puts names for them in the answers.
func ask(t *testing.T, s server, f *File) []answer {
	t.Helper()
	here, names := s.oids(), map[string]string{}
	for o, oid := range here {
		names[oid] = "@" + o.Name // an index and its constraint may share one
	}
	numbers := regexp.MustCompile(`\d{5,}`)
	var out []answer
	for _, st := range f.Statements {
		st.Text = numbers.ReplaceAllStringFunc(st.Text, func(n string) string { return translated(f, here, n) })
		st.Params = slices.Clone(st.Params)
		for i, p := range st.Params {
			if n := numbers.FindString(string(p.Value)); !p.Binary && n == string(p.Value) {
				st.Params[i].Value = []byte(translated(f, here, n))
			}
			if len(p.Value) == 4 && p.Binary && p.OID == types.SysOf(types.SysOID).OID() {
				st.Params[i].Value = translatedBinary(f, here, p.Value)
			}
		}
		a := s.run(st)
		for i, line := range a {
			a[i] = numbers.ReplaceAllStringFunc(line, func(n string) string {
				if name, ok := names[n]; ok {
					return name
				}
				return n
			})
		}
		out = append(out, a)
	}
	return out
}

func translated(f *File, here map[Object]string, n string) string {
	if oid, ok := here[f.OIDs[n]]; ok {
		return oid
	}
	return n
}

func translatedBinary(f *File, here map[Object]string, v []byte) []byte {
	n := uint32(v[0])<<24 | uint32(v[1])<<16 | uint32(v[2])<<8 | uint32(v[3])
	var to uint32
	if _, err := fmt.Sscan(translated(f, here, fmt.Sprint(n)), &to); err != nil {
		return v
	}
	return []byte{byte(to >> 24), byte(to >> 16), byte(to >> 8), byte(to)}
}

// oidQuery lists what OIDs in statements may be of.
const oidQuery = `SELECT oid, 'pg_class' AS rel, relname FROM pg_catalog.pg_class WHERE oid >= 16384
UNION ALL SELECT oid, 'pg_type', typname FROM pg_catalog.pg_type WHERE oid >= 16384
UNION ALL SELECT oid, 'pg_constraint', conname FROM pg_catalog.pg_constraint WHERE oid >= 16384`

func byObject(a answer) map[Object]string {
	m := map[Object]string{}
	for _, line := range a[1:] {
		if c := strings.Split(line, "\t"); len(c) == 3 {
			m[Object{c[1], c[2]}] = c[0]
		}
	}
	return m
}

// millrace is a session of the engine.
type millrace struct {
	t       *testing.T
	session *engine.Session
}

func openMillrace(t *testing.T) *millrace {
	t.Helper()
	e, err := engine.Open(t.Context(), engine.Config{
		Sources: builtin.Sources(), Sinks: builtin.Sinks(io.Discard), Log: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) },
	})
	if err != nil {
		t.Fatal(err)
	}
	m := &millrace{t: t, session: e.Session()}
	t.Cleanup(func() {
		if err := m.session.Close(); err != nil {
			t.Error(err)
		}
	})
	stmts, err := m.session.Parse(schema(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range stmts {
		if _, err := m.session.Exec(t.Context(), st); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func schema(t *testing.T) string {
	text, err := os.ReadFile(filepath.Join(folder, "schema.sql"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (m *millrace) oids() map[Object]string { return byObject(m.run(Statement{Text: oidQuery})) }

func (m *millrace) run(st Statement) (a answer) {
	failed := func(err error) answer {
		code, text := codeOf(err)
		return append(a, "error "+code+" "+strings.ReplaceAll(text, "\n", " "))
	}
	stmts, err := m.session.Parse(st.Text)
	if err != nil {
		return failed(err)
	}
	ctx, cancel := context.WithTimeout(m.t.Context(), time.Minute)
	defer cancel()
	for _, s := range stmts {
		var declared []types.Type
		for _, p := range st.Params {
			typ, _ := types.ByOID(p.OID)
			declared = append(declared, typ)
		}
		p, err := m.session.Prepare(ctx, s, declared)
		if err != nil {
			return failed(err)
		}
		params, err := values(st.Params, p.Params)
		if err != nil {
			return failed(err)
		}
		res, err := m.session.Run(ctx, p, params...)
		if err != nil {
			return failed(err)
		}
		if res.Schema == nil {
			continue
		}
		var head []string
		for _, c := range res.Schema {
			head = append(head, fmt.Sprintf("%s:%d", c.Name, c.Type.OID()))
		}
		a = append(a, strings.Join(head, "\t"))
		if err := res.Each(ctx, func(b *flow.Batch) error {
			a = append(a, rows(b, res.Schema)...)
			return nil
		}); err != nil {
			return failed(err)
		}
	}
	return a
}

// values are parameters as the engine takes them.
func values(params []Param, ts []types.Type) ([]planner.Param, error) {
	var out []planner.Param
	for i, p := range params {
		v := planner.Param{Type: types.Of(types.Unknown)}
		switch {
		case i >= len(ts):
			return nil, fmt.Errorf("parameter %d of %d", i+1, len(ts))
		case p.Value == nil:
		case p.Binary:
			b := array.NewBuilder(memory.NewGoAllocator(), ts[i].Arrow())
			if err := types.DecodePG(b, p.Value, ts[i]); err != nil {
				return nil, err
			}
			lit, ok := expr.LiteralOf(b.NewArray(), ts[i], 0)
			if !ok {
				return nil, fmt.Errorf("parameter %d, a %s, can't be binary here", i+1, ts[i])
			}
			v = planner.Param{Type: lit.Type(), Value: lit.Value}
		default:
			v.Value = string(p.Value)
		}
		out = append(out, v)
	}
	return out, nil
}

func rows(b *flow.Batch, schema types.Schema) []string {
	out := make([]string, b.Len())
	for i := range out {
		cells := make([]string, len(schema))
		for c, col := range schema {
			a := b.Rec.Column(c)
			if cells[c] = "NULL"; a.IsValid(i) && col.Type.Kind != types.Unknown {
				cells[c] = string(types.AppendText(nil, a, i, col.Type))
				if col.Type.Kind == types.Bool {
					cells[c] = cells[c][:1] // as PostgreSQL sends it
				}
			}
			cells[c] = escape(cells[c])
		}
		out[i] = strings.Join(cells, "\t")
	}
	return out
}

var escapes = strings.NewReplacer("\\", `\\`, "\t", `\t`, "\n", `\n`)

func escape(s string) string { return escapes.Replace(s) }
