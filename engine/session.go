package engine

import (
	"context"
	"runtime/debug"
	"time"

	"millrace/catalog"
	"millrace/expr"
	"millrace/flow"
	"millrace/planner"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
)

// Session runs statements one after the other. For one goroutine.
type Session struct {
	engine   *Engine
	settings *Settings
	params   []planner.Param // of the statement that runs
	scope    *scope          // of a job's text; nil: tables and views are the server's
	lookup   func(string) (string, bool)
	now      time.Time // what now() is while planning; zero: now
}

// Session starts a session with the default settings.
func (e *Engine) Session() *Session {
	return &Session{engine: e, settings: NewSettings(), lookup: e.cfg.Lookup}
}

// catalog is where the session's names are found.
func (s *Session) catalog() catalog.Catalog {
	if s.scope != nil {
		return s.scope
	}
	return s.engine.catalog
}

// Close closes the engine of the session; see Engine.Close.
func (s *Session) Close() error { return s.engine.Close() }

// Settings are the session's own; changing them is what SET does.
func (s *Session) Settings() *Settings { return s.settings }

// Parse splits a text into statements, the values of ${name} filled in.
func (s *Session) Parse(text string) ([]sql.Statement, error) {
	return sql.Parse(text, s.lookup)
}

// Result is what a statement gives: a tag such as "CREATE TABLE", and rows where Schema is not nil.
type Result struct {
	Tag    string
	Schema types.Schema
	// Notices are what the user is to be told, such as a warning, a line each.
	Notices []string
	// Changes: the rows are changes, and their first column, op, says of which kind: +I, -U, +U or -D.
	Changes bool
	each    func(context.Context, func(*flow.Batch) error) error
}

// Each runs the query and calls fn with its rows, from another goroutine, in order. The batch is borrowed.
func (r *Result) Each(ctx context.Context, fn func(*flow.Batch) error) error {
	if r.each == nil {
		return nil
	}
	return r.each(ctx, fn)
}

// Exec runs one statement, with the values of its parameters $1, $2, …. A query runs when its Result is read; what
// changes something has ended when Exec returns.
func (s *Session) Exec(ctx context.Context, stmt sql.Statement, params ...planner.Param) (r *Result, err error) {
	defer func() { s.engine.counts.ran(err) }()
	defer s.recovered(stmt, &err)
	s.params = params
	return s.run(ctx, stmt)
}

// recovered makes an error of a panic: a mistake in planning one statement must not end the process, which others may be
// using.
func (s *Session) recovered(stmt sql.Statement, err *error) {
	if p := recover(); p != nil {
		s.engine.cfg.Log.Error("engine: a statement made the planner panic", "panic", p, "stack", string(debug.Stack()))
		*err = sqlerr.New(sqlerr.Internal, stmt.Pos(), "planning this statement failed: %v", p).
			WithHint("This is a mistake in millrace; the log has where.")
	}
}

func (s *Session) run(ctx context.Context, stmt sql.Statement) (*Result, error) {
	switch st := stmt.(type) {
	case *sql.CreateTable:
		return s.createTable(ctx, st)
	case *sql.CreateView:
		return s.createView(ctx, st)
	case *sql.Drop:
		return s.drop(ctx, st)
	case *sql.Set:
		if err := s.settings.Set(st.Name.Text, st.Value.Text, st.Name.Pos(), st.Value.Pos()); err != nil {
			return nil, err
		}
		return &Result{Tag: "SET"}, nil
	case *sql.Reset:
		return &Result{Tag: "RESET"}, s.settings.Reset(st.Name.Text, st.Name.Pos())
	case *sql.Show:
		return s.show(ctx, st)
	case *sql.Subscribe:
		return s.subscribe(ctx, st)
	case *sql.ShowCreate:
		return s.showCreate(ctx, st)
	case *sql.Describe:
		return s.describe(ctx, st)
	case *sql.AlterJob:
		return s.alterJob(ctx, st)
	case *sql.ShowJob:
		return s.showJob(st)
	case *sql.Explain:
		return s.explain(ctx, st)
	case *sql.Transaction:
		return &Result{Tag: st.Kind}, nil
	case *sql.SelectStatement:
		return s.query(ctx, st.Query)
	case *sql.Insert:
		return s.insert(ctx, st)
	case *sql.Update, *sql.Delete:
		return s.change(ctx, st)
	case *sql.Truncate:
		return s.truncate(ctx, st)
	case *sql.CreateUser, *sql.AlterUser, *sql.DropUser:
		return s.changeUsers(st)
	}
	return nil, sqlerr.New(sqlerr.FeatureNotSupported, stmt.Pos(), "this statement is not supported")
}

// env is what the session's statements are planned with.
func (s *Session) env() *planner.Env {
	env := s.engine.env(s.settings)
	env.Params = s.params
	if s.scope != nil {
		s.scope.Catalog = env.Catalog
		env.Catalog = s.scope
	}
	if !s.now.IsZero() {
		env.Now = s.now.UnixMicro()
	}
	return env
}

// query plans a SELECT: a snapshot, unless it has EMIT.
func (s *Session) query(ctx context.Context, q *sql.Query) (*Result, error) {
	if q.Emit != nil && q.Emit.Mode == sql.OnChange {
		return s.changes(ctx, q)
	}
	env := s.env()
	env.Batch = q.Emit == nil
	plan, err := env.Query(ctx, q)
	if err == nil {
		err = plan.CheckMode(env.Batch)
	}
	if err != nil {
		return nil, err
	}
	return &Result{Tag: "SELECT", Schema: plan.Schema, each: func(ctx context.Context, fn func(*flow.Batch) error) error {
		return s.engine.runQuery(ctx, s.settings, plan, env.Batch, fn)
	}}, nil
}

// explainColumn is what EXPLAIN calls its column.
const explainColumn = "plan"

// explain plans a statement and prints the plan.
func (s *Session) explain(ctx context.Context, x *sql.Explain) (*Result, error) {
	if x.Analyze {
		return s.analyze(ctx, x)
	}
	env := s.env()
	var plan *planner.Plan
	var err error
	switch st := x.Statement.(type) {
	case *sql.SelectStatement:
		env.Batch = st.Query.Emit == nil
		env.Changes = !env.Batch && st.Query.Emit.Mode == sql.OnChange
		plan, err = env.Query(ctx, st.Query)
	case *sql.Insert:
		var once bool
		if once, err = s.Once(ctx, st); err != nil {
			break
		}
		if once {
			plan, err = s.planChange(ctx, st)
		} else {
			plan, _, err = s.planInsert(ctx, st, 1)
		}
	case *sql.Update, *sql.Delete:
		plan, err = s.planChange(ctx, st)
	default:
		return nil, sqlerr.Unsupported(x.Pos(), "EXPLAIN of this statement", "Explain a SELECT, INSERT, UPDATE or DELETE.")
	}
	if err != nil {
		return nil, err
	}
	return textResult("EXPLAIN", explainColumn, lines(planner.Explain(plan, nil))), nil
}

// planInsert plans an INSERT in the session's mode and tells whether it is read as a batch.
func (s *Session) planInsert(ctx context.Context, ins *sql.Insert, number int) (*planner.Plan, bool, error) {
	env := s.env()
	env.Batch, env.Snapshots = s.settings.Mode == "batch", s.settings.Mode == "auto"
	plan, err := env.Insert(ctx, ins, number)
	if err == nil && s.settings.Mode == "auto" && !plan.Unbounded && (!streams(plan.Root) || plan.BatchOnly()) {
		env.Batch = true
		plan, err = env.Insert(ctx, ins, number)
	}
	if err == nil {
		err = plan.CheckMode(env.Batch)
	}
	return plan, env.Batch, err
}

// Functions lists the scalar functions, for the manual.
func Functions() []expr.Function { return expr.Functions() }
