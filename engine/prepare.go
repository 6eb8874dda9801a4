package engine

import (
	"context"
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
	return s.prepare(ctx, stmt, declared)
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
	case *sql.CreateTable:
		if st.Query == nil {
			return p, nil
		}
	case *sql.Show, *sql.ShowCreate, *sql.ShowJob, *sql.Describe: // what they say is there at once
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
	p.Params, p.Schema = d.Params, d.Schema
	return p, nil
}

// Run runs a prepared statement with the values of its parameters. It gives rows of the types that Prepare found; where
// the tables have changed so that it can't, it fails with 0A000, as PostgreSQL does. The digits of a DECIMAL are those of
// Result.Schema.
func (s *Session) Run(ctx context.Context, p *Prepared, params ...planner.Param) (*Result, error) {
	values, err := planner.Values(params, p.Params)
	if err != nil {
		return nil, err
	}
	if _, query := p.Statement.(*sql.SelectStatement); !query && p.Schema != nil { // it would be too late when it has run
		now, err := s.Prepare(ctx, p.Statement, p.Params)
		if err != nil {
			return nil, err
		}
		if !sameRows(now.Schema, p.Schema) {
			return nil, otherRows(p.Statement)
		}
	}
	r, err := s.Exec(ctx, p.Statement, values...)
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

// verb is the first word of a statement's tag.
func verb(stmt sql.Statement) string {
	if _, ok := stmt.(*sql.SelectStatement); ok {
		return "SELECT"
	}
	text, _, _ := strings.Cut(sql.Print(stmt), " ")
	return text
}
