package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"millrace/planner"
	"millrace/sql"
	"millrace/sqlerr"
)

// jobSession is a session for a job's text: names and settings are the job's own, now is when it was submitted, so that
// it is the same plan each time.
func (e *Engine) jobSession(set []string, now time.Time) (*Session, *Variables, error) {
	vars, err := NewVariables(set)
	if err != nil {
		return nil, nil, err
	}
	s := e.Session()
	s.scope, s.lookup, s.now = newScope(e.catalog), vars.Lookup(e.cfg.Lookup), now
	return s, vars, vars.Apply(s.settings)
}

// preparedJob is a text of which what is for the server was run.
type preparedJob struct {
	name    string
	inserts []int // of the text's statements
	batch   bool
	uses    []string
	rows    int64 // that statements of the text have inserted
	now     time.Time
	undo    func(error) error // takes back what was created, and returns the error
}

// prepareJob runs what of a text is for the server, and plans its INSERTs.
func (e *Engine) prepareJob(ctx context.Context, spec JobSpec) (*preparedJob, error) {
	p := &preparedJob{name: spec.Name, now: e.cfg.Now()}
	s, vars, err := e.jobSession(spec.Set, p.now)
	if err != nil {
		return nil, err
	}
	stmts, err := s.Parse(spec.Text)
	if err != nil {
		return nil, err
	}
	if err := vars.Unused(); err != nil {
		return nil, err
	}
	var first *sql.Insert
	for _, stmt := range stmts {
		if err := allowedInJob(stmt); err != nil {
			return nil, err
		}
		if ins, ok := stmt.(*sql.Insert); ok && first == nil {
			first = ins
		}
	}
	if first == nil {
		return nil, sqlerr.New(sqlerr.SyntaxError, 0, "there is nothing to run in this text").WithHint("A job is made of INSERT INTO … SELECT.")
	}
	if p.name == "" {
		p.name = planner.TableName(first.Table).Table
	} else if err := e.jobs.checkName(p.name); err != nil {
		return nil, err
	}
	var made []*sql.Drop // what takes back what was created, the newest first
	p.undo = func(err error) error {
		for _, d := range made {
			if _, derr := e.Session().drop(context.WithoutCancel(ctx), d); derr != nil {
				err = errors.Join(err, derr)
			}
		}
		return err
	}
	inserts, err := s.Script(ctx, stmts, "", func(stmt sql.Statement) error {
		drop := s.takesBack(ctx, stmt)
		r, err := s.run(ctx, stmt)
		if err != nil {
			return err
		}
		if drop != nil {
			made = slices.Insert(made, 0, drop)
		}
		var n int64
		if _, err := fmt.Sscanf(r.Tag, "INSERT 0 %d", &n); err == nil {
			p.rows += n
		}
		return nil
	})
	if err != nil {
		return nil, p.undo(err)
	}
	if len(inserts) > 0 {
		job, err := s.Job(p.name, inserts)
		if err != nil {
			return nil, p.undo(err)
		}
		p.batch = job.Batch()
	}
	for i, stmt := range stmts {
		if ins, ok := stmt.(*sql.Insert); ok && slices.Contains(inserts, ins) {
			p.inserts = append(p.inserts, i)
		}
	}
	p.uses = s.scope.uses()
	return p, nil
}

// takesBack is the statement that undoes one that is about to make something of the server's; nil: it makes nothing that
// is not there already.
func (s *Session) takesBack(ctx context.Context, stmt sql.Statement) *sql.Drop {
	d := &sql.Drop{Node: sql.Node{At: stmt.Pos()}, IfExists: true, Kind: "TABLE"}
	switch st := stmt.(type) {
	case *sql.CreateTable:
		if len(st.Options) > 0 || st.Direction != sql.Table {
			return nil
		}
		d.Name = st.Name
	case *sql.CreateView:
		if !st.Materialized {
			return nil
		}
		d.Name, d.Kind = st.Name, "MATERIALIZED VIEW"
	default:
		return nil
	}
	if _, err := s.engine.catalog.Table(ctx, planner.TableName(d.Name)); sqlerr.Code(err) != sqlerr.UndefinedTable {
		return nil
	}
	return d
}

// allowedInJob refuses what has no meaning in the text of a job.
func allowedInJob(stmt sql.Statement) error {
	switch stmt.(type) {
	case *sql.CreateTable, *sql.CreateView, *sql.Drop, *sql.Set, *sql.Reset, *sql.Insert, *sql.Update, *sql.Delete, *sql.Truncate:
		return nil
	case *sql.SelectStatement:
		return sqlerr.New(sqlerr.FeatureNotSupported, stmt.Pos(), "a job has nowhere to show the rows of a query").
			WithHint("Write INSERT INTO a table, or send the query by itself.")
	}
	return sqlerr.Unsupported(stmt.Pos(), "this statement in a job", "Send it to the server by itself.")
}

// replan plans a job that was submitted before. What its text did to the server then is not done again.
func (e *Engine) replan(ctx context.Context, r *jobRecord) (*Job, []string, error) {
	s, _, err := e.jobSession(r.Set, r.Created)
	if err != nil {
		return nil, nil, err
	}
	stmts, err := s.Parse(r.Text)
	if err != nil {
		return nil, nil, err
	}
	var inserts []*sql.Insert
	var job *Job
	for i, stmt := range stmts {
		switch st := stmt.(type) {
		case *sql.Insert:
			if slices.Contains(r.Inserts, i) {
				inserts = append(inserts, st)
			}
			continue
		case *sql.CreateTable:
			if len(st.Options) == 0 && st.Direction == sql.Table {
				continue
			}
		case *sql.CreateView:
			if st.Materialized {
				continue
			}
		case *sql.Drop:
			if !s.scope.has(ctx, planner.TableName(st.Name)) {
				continue
			}
		case *sql.Set, *sql.Reset:
		default:
			continue
		}
		if _, err := s.run(ctx, stmt); err != nil {
			return nil, nil, err
		}
	}
	if job, err = s.Job(r.Name, inserts); err != nil {
		return nil, nil, err
	}
	return job, s.scope.uses(), nil
}

// redact is a text with the values of secret options masked.
func (e *Engine) redact(text string) string {
	stmts, err := sql.Parse(text, func(name string) (string, bool) { return "${" + name + "}", true })
	if err != nil { // of a later or earlier millrace
		return "-- this text cannot be read any more: " + reason(err)
	}
	var places []sqlerr.Pos
	for _, stmt := range stmts {
		if c, ok := stmt.(*sql.CreateTable); ok {
			for _, i := range e.secrets(c) {
				places = append(places, c.Options[i].Value.Pos())
			}
		}
	}
	return sql.Redact(text, places)
}

// differing are the settings that are not the defaults, as Variables reads them.
func (s *Settings) differing() []string {
	fresh := NewSettings()
	var out []string
	for _, x := range ownSettings {
		if v := x.get(s); v != x.get(fresh) {
			out = append(out, x.name+"="+v)
		}
	}
	return out
}
