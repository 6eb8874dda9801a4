package sqllogic

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"millrace/builtin"
	"millrace/engine"
	"millrace/flow"
	"millrace/sql"
	"millrace/types"
)

// Answer is what a system gives for a statement: rows, or an error with its SQLSTATE.
type Answer struct {
	Types string
	Rows  []string
	Code  string // empty: no error
	Err   string
}

// now is the time that queries of these files see.
var now = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// Millrace is a session of the engine over the tables of schema.sql.
type Millrace struct{ session *engine.Session }

// OpenMillrace makes an engine in folder dir and fills it by the statements of schema.
func OpenMillrace(ctx context.Context, dir, schema string) (*Millrace, error) {
	e, err := engine.Open(ctx, engine.Config{
		Sources: builtin.Sources(), Sinks: builtin.Sinks(io.Discard), Now: func() time.Time { return now },
		Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return nil, err
	}
	m := &Millrace{session: e.Session()}
	if err := m.session.Settings().Set("parallelism", "2", 0, 0); err != nil {
		return nil, err
	}
	stmts, err := m.session.Parse(schema)
	if err != nil {
		return nil, err
	}
	return m, m.load(ctx, dir, stmts)
}

// load makes the tables of CREATE TABLE, bound to files that hold the rows of INSERT … VALUES.
func (m *Millrace) load(ctx context.Context, dir string, stmts []sql.Statement) error {
	tables := map[string]*sql.CreateTable{}
	for _, s := range stmts {
		switch s := s.(type) {
		case *sql.CreateTable:
			name := s.Name.Parts[0]
			tables[name] = s
			path := filepath.Join(dir, name+".jsonl")
			if err := os.WriteFile(path, nil, 0o644); err != nil {
				return err
			}
			s.Options = []sql.Option{
				{Key: sql.Name{Text: "connector"}, Value: sql.Value{Text: "file"}},
				{Key: sql.Name{Text: "path"}, Value: sql.Value{Text: path}},
				{Key: sql.Name{Text: "format"}, Value: sql.Value{Text: "json"}},
			}
			if _, err := m.session.Exec(ctx, s); err != nil {
				return err
			}
		case *sql.Insert:
			t := tables[s.Table.Parts[0]]
			if t == nil {
				return fmt.Errorf("INSERT INTO %s, which no CREATE TABLE makes", s.Table.Parts[0])
			}
			text, err := jsonLines(t, s.Query.Body.(*sql.Values))
			if err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(dir, t.Name.Parts[0]+".jsonl"), []byte(text), 0o644); err != nil {
				return err
			}
		default:
			return fmt.Errorf("schema.sql holds a %T", s)
		}
	}
	return nil
}

// Run answers a statement.
func (m *Millrace) Run(ctx context.Context, text string) Answer {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	a, err := m.run(ctx, text)
	if err != nil {
		return Answer{Code: code(err), Err: err.Error()}
	}
	return a
}

func (m *Millrace) run(ctx context.Context, text string) (Answer, error) {
	var a Answer
	stmts, err := m.session.Parse(text)
	if err != nil {
		return a, err
	}
	for _, s := range stmts {
		res, err := m.session.Exec(ctx, s)
		if err != nil {
			return a, err
		}
		a = Answer{}
		for _, c := range res.Schema {
			a.Types += string(Letter(c.Type))
		}
		var mu sync.Mutex
		if err := res.Each(ctx, func(b *flow.Batch) error {
			mu.Lock()
			defer mu.Unlock()
			rows, err := cells(b, res.Schema)
			a.Rows = append(a.Rows, rows...)
			return err
		}); err != nil {
			return a, err
		}
	}
	return a, nil
}

func cells(b *flow.Batch, schema types.Schema) ([]string, error) {
	rows := make([]string, b.Len())
	for i := range rows {
		if b.Ops != nil && b.Ops[i] != flow.Insert {
			return nil, fmt.Errorf("row %d is a %s, not an insert", i, b.Ops[i])
		}
		row := make([]string, len(schema))
		for c, col := range schema {
			a := b.Rec.Column(c)
			null := a.IsNull(i) || col.Type.Kind == types.Unknown
			var v string
			if !null {
				v = string(types.AppendText(nil, a, i, col.Type))
			}
			if col.Type.Kind == types.Bool && !null {
				v = v[:1] // as PostgreSQL sends it
			}
			row[c] = cell(v, null)
		}
		rows[i] = strings.Join(row, "\t")
	}
	return rows, nil
}
