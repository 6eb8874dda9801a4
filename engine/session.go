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
	client   Client
	settings *Settings
	activity *activity
	txn      *transaction // nil: no BEGIN
	prepared map[string]*Prepared
	cursors  map[string]*cursor

	cursorsMade int
	scope       *scope // of a job's text; nil: tables and views are the server's
	lookup      func(string) (string, bool)
	now         time.Time // what now() is while planning; zero: now
	// of the statement that runs
	params  []planner.Param
	notices []string
	fed     *catalog.Table // of a COPY: what the client sends
}

// Session starts a session with the default settings, for nobody in particular.
func (e *Engine) Session() *Session { return e.SessionFor(Client{}) }

// SessionFor starts a client's session. End ends it.
func (e *Engine) SessionFor(c Client) *Session {
	if c.PID == 0 {
		c.PID = e.sessions.Add(1)
	}
	s := &Session{engine: e, client: c, settings: NewSettings(), lookup: e.cfg.Lookup, prepared: map[string]*Prepared{}, cursors: map[string]*cursor{}}
	if c.User != "" {
		s.settings.user = c.User
	}
	s.activity = &activity{client: c, user: s.settings.user, began: e.cfg.Now(), now: e.cfg.Now, state: "idle"}
	e.active.add(s.activity)
	return s
}

// End ends the session: its transaction and the queries of its cursors.
func (s *Session) End() {
	s.engine.active.remove(s.activity)
	s.txn = nil
	s.closeCursors(func(*cursor) bool { return true })
}

// Close ends the session and closes its engine; see Engine.Close.
func (s *Session) Close() error {
	s.End()
	return s.engine.Close()
}

// catalog is where the session's names are found.
func (s *Session) catalog() catalog.Catalog {
	if s.scope != nil {
		return s.scope
	}
	return s.engine.catalog
}

// Settings are the session's own; changing them is what SET does.
func (s *Session) Settings() *Settings { return s.settings }

// Parse splits a text into statements, the values of ${name} filled in.
func (s *Session) Parse(text string) ([]sql.Statement, error) {
	stmts, err := sql.Parse(text, s.lookup)
	if err != nil {
		s.Fail()
	}
	return stmts, err
}

// Result is what a statement gives: a tag such as "CREATE TABLE", and rows where Schema is not nil.
type Result struct {
	Tag    string
	Schema types.Schema
	// Changes: the rows are changes, and their first column, op, says of which kind: +I, -U, +U or -D.
	Changes bool
	// Notices are what the user is to be told, such as a warning, a line each.
	Notices []string
	each    func(context.Context, func(*flow.Batch) error) error
	// started, where it is not nil, is called once the rows are read as they are then, whatever comes; starts: each calls it.
	started func()
	starts  bool
	clock   clock
}

// Wait says that nobody asks for rows until Go is called: statement_timeout does not run meanwhile.
func (r *Result) Wait() { r.clock.wait() }

// Go says that rows are asked for again. They have the whole of statement_timeout to come.
func (r *Result) Go() { r.clock.again() }

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
	s.activity.begin(stmt, s.settings)
	defer func() {
		s.engine.counts.ran(err)
		s.follow(r, err)
	}()
	defer s.recovered(stmt, &err)
	if err := s.allowed(stmt); err != nil {
		s.Fail()
		return nil, err
	}
	limited, stop := s.limited(ctx)
	defer stop()
	s.params, s.notices = params, nil
	if r, err = s.run(limited, stmt); err != nil {
		s.Fail()
		return nil, timedOut(limited, err)
	}
	if s.txn != nil && writes(s.executed(stmt)) {
		s.txn.wrote++
	}
	r.Notices = append(r.Notices, s.notices...)
	s.watch(r)
	return r, nil
}

// recovered makes an error of a panic: a mistake in planning one statement must not end the process, which others may be
// using.
func (s *Session) recovered(stmt sql.Statement, err *error) {
	if p := recover(); p != nil {
		s.engine.cfg.Log.Error("engine: a statement made the planner panic", "panic", p, "stack", string(debug.Stack()))
		s.Fail()
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
		return s.set(st)
	case *sql.SetTransaction:
		return s.setTransaction(st)
	case *sql.Reset:
		return &Result{Tag: "RESET"}, s.reset(st.Name.Text, st.Name.Pos(), false)
	case *sql.Show:
		return s.show(ctx, st)
	case *sql.Refresh:
		return s.refresh(ctx, st)
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
		return s.transact(st)
	case *sql.Prepare:
		return s.prepareNamed(ctx, st)
	case *sql.Execute:
		return s.execute(ctx, st)
	case *sql.Deallocate:
		return s.deallocate(st)
	case *sql.DeclareCursor:
		return s.declare(ctx, st)
	case *sql.Fetch:
		return s.fetch(ctx, st)
	case *sql.CloseCursor:
		return s.closeCursor(st)
	case *sql.Discard:
		return s.discard(st)
	case *sql.Upkeep:
		return s.upkeep(ctx, st)
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
	if s.fed != nil {
		env.Catalog = withFeed{env.Catalog, s.fed}
	}
	env.Params, env.Session = s.params, sessionValues{Session: s}
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
	if givesChanges(q) {
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
	settings := *s.settings // as they are now
	r := &Result{Tag: "SELECT", Schema: plan.Schema, Notices: s.engine.views.fresh(ctx, plan), starts: true}
	r.each = func(ctx context.Context, fn func(*flow.Batch) error) error {
		_, err := s.engine.measureQuery(ctx, &settings, plan, measured{batch: env.Batch, started: r.started}, fn)
		return err
	}
	return r, nil
}

// explainColumn is what EXPLAIN calls its column.
const explainColumn = "plan"

// explain plans a statement and prints the plan.
func (s *Session) explain(ctx context.Context, x *sql.Explain) (*Result, error) {
	if ex, ok := x.Statement.(*sql.Execute); ok {
		p, values, err := s.executing(ctx, ex)
		if err != nil {
			return nil, err
		}
		s.params = values
		return s.explain(ctx, &sql.Explain{Node: x.Node, Analyze: x.Analyze, Statement: p.Statement})
	}
	if x.Analyze {
		return s.analyze(ctx, x)
	}
	env := s.env()
	env.Session = sessionValues{Session: s, dry: true}
	var plan *planner.Plan
	var err error
	switch st := x.Statement.(type) {
	case *sql.SelectStatement:
		env.Batch = st.Query.Emit == nil
		env.Changes = givesChanges(st.Query)
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
