package shell

import (
	"context"

	"millrace/engine"
	"millrace/flow"
	"millrace/sql"
	"millrace/sqlerr"
)

// local runs statements on an engine in the process.
type local struct {
	session *engine.Session
	where   string
}

// Local is a backend of an engine in the process. where is what it keeps its tables in; empty: nothing is kept.
func Local(s *engine.Session, where string) Backend { return &local{s, where} }

func (l *local) Exec(ctx context.Context, text string) (*Result, error) {
	stmts, err := l.session.Parse(text)
	if err != nil {
		return nil, err
	}
	if len(stmts) != 1 {
		return nil, sqlerr.New(sqlerr.SyntaxError, 0, "one statement is expected, and there are %d", len(stmts))
	}
	if c, ok := stmts[0].(*sql.Copy); ok {
		if c.From {
			return nil, errCopyFrom
		}
		return nil, sqlerr.Unsupported(c.At, "COPY … TO STDOUT without a server", `SELECT prints rows, as CSV by \format csv or --format csv.`)
	}
	r, err := l.session.Exec(ctx, stmts[0])
	if err != nil {
		return nil, err
	}
	return ResultOf(stmts[0], r), nil
}

// ResultOf is what an engine gave for a statement.
func ResultOf(stmt sql.Statement, r *engine.Result) *Result {
	_, plan := stmt.(*sql.Explain)
	var w engine.Watch
	return &Result{Tag: r.Tag, Schema: r.Schema, Changes: r.Changes, Plan: plan, Read: w.RowsIn,
		Each: func(ctx context.Context, fn func(*flow.Batch) error) error {
			return r.Each(engine.Watched(ctx, &w), fn)
		},
		Notices: func() []string {
			var out []string
			for _, n := range r.Notices {
				out = append(out, "note: "+n)
			}
			return out
		}}
}

func (l *local) Conninfo() string {
	if l.where == "" {
		return "An engine in this process; its tables are gone when it ends (--data-dir keeps them)."
	}
	return "An engine in this process; its tables are in " + l.where + "."
}

func (l *local) Dialect() Dialect { return Millrace }
func (l *local) Busy() bool       { return false }
func (l *local) Close() error     { return l.session.Close() }
