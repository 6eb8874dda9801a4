package engine

import (
	"context"
	"slices"
	"strings"

	"millrace/planner"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
)

// Prepared is a statement whose parameters have types, and which is run with their values as often as is wanted.
type Prepared struct {
	Statement sql.Statement
	Params    []types.Type // of $1, $2, …; a DECIMAL has no digits: they are those of the value
	Schema    types.Schema // of the rows that it gives; nil: none. The digits of a DECIMAL may be others when it runs
	Tag       string       // the verb: "SELECT", "INSERT"
}

// Prepare finds the types of a statement's parameters and of the rows that it gives. Nothing runs. declared has the types
// that the client says its parameters are of, Unknown (or none at all) where it says nothing.
func (s *Session) Prepare(ctx context.Context, stmt sql.Statement, declared []types.Type) (p *Prepared, err error) {
	defer s.recovered(stmt, &err)
	if s.Failed() {
		err = s.allowed(stmt)
	}
	if err == nil {
		p, err = s.prepare(ctx, stmt, declared)
	}
	if err != nil {
		s.Fail()
	}
	return p, err
}

func (s *Session) prepare(ctx context.Context, stmt sql.Statement, declared []types.Type) (*Prepared, error) {
	p := &Prepared{Statement: stmt, Tag: verb(stmt)}
	described := stmt
	switch st := stmt.(type) {
	case *sql.SelectStatement, *sql.Insert, *sql.Update, *sql.Delete:
	case *sql.Explain:
		in, err := s.prepare(ctx, st.Statement, declared)
		if err != nil {
			return nil, err
		}
		p.Params, p.Schema = in.Params, textResult("", explainColumn, nil).Schema
		return p, nil
	case *sql.Execute:
		in, err := s.named(st.Name)
		if err != nil {
			return nil, err
		}
		p.Tag, p.Schema = in.Tag, in.Schema
		return p, nil
	case *sql.Fetch:
		c, err := s.cursor(st.Name)
		if err == nil && !st.Move {
			p.Schema = c.schema
		}
		return p, err
	case *sql.DeclareCursor:
		p.Params, described = nil, &sql.SelectStatement{Node: st.Node, Query: st.Query}
	case *sql.CreateTable:
		if st.Query == nil {
			return p, nil
		}
	case *sql.Show, *sql.ShowCreate, *sql.ShowJob, *sql.Describe, *sql.Subscribe: // their columns are there at once, and nothing runs yet
		s.params = nil
		r, err := s.run(ctx, stmt)
		if err != nil {
			return nil, err
		}
		p.Schema = r.Schema
		return p, nil
	default:
		return p, nil
	}
	d, err := s.env().Describe(ctx, described, declared)
	if err != nil {
		return nil, err
	}
	p.Params = d.Params
	if described == stmt {
		p.Schema = d.Schema
		if q, ok := stmt.(*sql.SelectStatement); ok && givesChanges(q.Query) {
			p.Schema = withOpColumn(p.Schema)
		}
	}
	return p, nil
}

// Run runs a prepared statement with the values of its parameters. It gives rows of the types that Prepare found; where
// the tables have changed so that it can't, it fails with 0A000, as PostgreSQL does. The digits of a DECIMAL are those of
// Result.Schema.
func (s *Session) Run(ctx context.Context, p *Prepared, params ...planner.Param) (*Result, error) {
	r, err := s.runPrepared(ctx, p, params, func(values []planner.Param) (*Result, error) { return s.Exec(ctx, p.Statement, values...) })
	if err != nil {
		s.Fail()
	}
	return r, err
}

// runPrepared checks that a prepared statement still gives the rows that it gave, and has exec run it.
func (s *Session) runPrepared(ctx context.Context, p *Prepared, params []planner.Param, exec func([]planner.Param) (*Result, error)) (*Result, error) {
	values, err := planner.Values(params, p.Params)
	if err != nil {
		return nil, err
	}
	if writes(p.Statement) && p.Schema != nil { // it would be too late when it has run
		now, err := s.prepare(ctx, p.Statement, p.Params)
		if err != nil {
			return nil, err
		}
		if !sameRows(now.Schema, p.Schema) {
			return nil, otherRows(p.Statement)
		}
	}
	r, err := exec(values)
	if err == nil && !sameRows(r.Schema, p.Schema) {
		return nil, otherRows(p.Statement)
	}
	return r, err
}

func otherRows(st sql.Statement) error {
	return sqlerr.New(sqlerr.FeatureNotSupported, st.Pos(), "cached plan must not change result type").
		WithHint("A table has other columns now: prepare the statement again.")
}

// sameRows reports whether two schemas have columns of the same names and types; the digits of a DECIMAL do not count.
func sameRows(a, b types.Schema) bool {
	if len(a) != len(b) || (a == nil) != (b == nil) {
		return false
	}
	for i := range a {
		if a[i].Name != b[i].Name || a[i].Type.OID() != b[i].Type.OID() {
			return false
		}
	}
	return true
}

// verb is what a statement does, as its tag begins: "INSERT", "CREATE TABLE".
func verb(stmt sql.Statement) string {
	if _, ok := stmt.(*sql.SelectStatement); ok {
		return "SELECT"
	}
	words := strings.Fields(sql.Print(stmt))
	if words[0] == "CREATE" || words[0] == "DROP" {
		if i := slices.IndexFunc(words, func(w string) bool {
			return w == "TABLE" || w == "SOURCE" || w == "SINK" || w == "VIEW"
		}); i > 0 {
			return words[0] + " " + words[i]
		}
	}
	return words[0]
}

// maxPrepared is how many prepared statements a session may have by name.
const maxPrepared = 10_000

// noStatement is the code of a prepared statement that there is not.
const noStatement = "26000"

// Keep gives a prepared statement a name, by which EXECUTE and DEALLOCATE know it. It fails with 42P05 where it has one.
func (s *Session) Keep(name string, p *Prepared) error { return s.keep(sql.Name{Text: name}, p) }

func (s *Session) keep(name sql.Name, p *Prepared) error {
	switch {
	case s.prepared[name.Text] != nil:
		return sqlerr.New("42P05", name.Pos(), "prepared statement %q already exists", name.Text).WithHint("DEALLOCATE it first.")
	case len(s.prepared) >= maxPrepared:
		return sqlerr.New(sqlerr.ConfigurationLimit, name.Pos(), "a session has at most %d prepared statements", maxPrepared).WithHint("DEALLOCATE those that are not used.")
	}
	s.prepared[name.Text] = p
	return nil
}

// Named finds a prepared statement by its name; it fails with 26000 where there is none.
func (s *Session) Named(name string) (*Prepared, error) { return s.named(sql.Name{Text: name}) }

func (s *Session) named(name sql.Name) (*Prepared, error) {
	if p := s.prepared[name.Text]; p != nil {
		return p, nil
	}
	err := sqlerr.New(noStatement, name.Pos(), "prepared statement %q does not exist", name.Text)
	err.Hint = sqlerr.Suggest(name.Text, names(s.prepared))
	return nil, err
}

// Forget takes a name away, if there is a prepared statement of that.
func (s *Session) Forget(name string) { delete(s.prepared, name) }

// prepareNamed runs PREPARE.
func (s *Session) prepareNamed(ctx context.Context, st *sql.Prepare) (*Result, error) {
	p, err := s.prepare(ctx, st.Statement, st.Types)
	if err != nil {
		return nil, err
	}
	return &Result{Tag: "PREPARE"}, s.keep(st.Name, p)
}

// executing is what EXECUTE names, and the values of its arguments.
func (s *Session) executing(ctx context.Context, st *sql.Execute) (*Prepared, []planner.Param, error) {
	p, err := s.named(st.Name)
	if err != nil {
		return nil, nil, err
	}
	if len(st.Args) != len(p.Params) {
		return nil, nil, sqlerr.New(sqlerr.SyntaxError, st.Pos(), "wrong number of parameters for prepared statement %q", st.Name.Text).
			WithDetail("Expected %d parameters but got %d.", len(p.Params), len(st.Args))
	}
	values, err := s.env().Constants(ctx, st.Args, p.Params)
	return p, values, err
}

// execute runs EXECUTE.
func (s *Session) execute(ctx context.Context, st *sql.Execute) (*Result, error) {
	p, values, err := s.executing(ctx, st)
	if err != nil {
		return nil, err
	}
	return s.runPrepared(ctx, p, values, func(values []planner.Param) (*Result, error) {
		s.params = values
		return s.run(ctx, p.Statement)
	})
}

// executed is the statement that runs: of EXECUTE the one that was prepared.
func (s *Session) executed(stmt sql.Statement) sql.Statement {
	if x, ok := stmt.(*sql.Execute); ok {
		if p := s.prepared[x.Name.Text]; p != nil {
			return p.Statement
		}
	}
	return stmt
}

// deallocate runs DEALLOCATE.
func (s *Session) deallocate(st *sql.Deallocate) (*Result, error) {
	if st.Name.Text == "" {
		clear(s.prepared)
		return &Result{Tag: "DEALLOCATE ALL"}, nil
	}
	if _, err := s.named(st.Name); err != nil {
		return nil, err
	}
	delete(s.prepared, st.Name.Text)
	return &Result{Tag: "DEALLOCATE"}, nil
}
