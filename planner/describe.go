package planner

import (
	"context"

	"millrace/expr"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
)

// Description is what can be told of a statement without the values of its parameters.
type Description struct {
	Params []types.Type // of $1, $2, …; a DECIMAL has no digits, as they are those of the value
	Schema types.Schema // of the rows that it gives; nil: none. A DECIMAL whose digits hang on one of a parameter has none
}

// Describe binds a statement, with the types that were declared for its parameters (Unknown: none), and runs nothing.
func (e *Env) Describe(ctx context.Context, st sql.Statement, declared []types.Type) (*Description, error) {
	known := expr.NewParamTypes(declared)
	d, err := e.describe(ctx, st, known)
	if err != nil {
		return nil, err
	}
	if d.Params, err = known.Types(); err != nil {
		return nil, err
	}
	// Bound once more, with other digits for decimals, those columns stand out that do not have digits of their own.
	again, err := e.describe(ctx, st, expr.NewParamTypes(d.Params).WithScale(6))
	if err != nil {
		return d, nil
	}
	for i, c := range d.Schema {
		if o := again.Schema[i].Type; c.Type.Kind == types.Decimal && !o.Equal(c.Type) {
			d.Schema[i].Type = types.Of(types.Decimal)
		}
	}
	return d, nil
}

func (e *Env) describe(ctx context.Context, st sql.Statement, known *expr.ParamTypes) (*Description, error) {
	env := *e
	env.Params, env.Known = nil, known
	switch st := st.(type) {
	case *sql.SelectStatement:
		n, err := env.bind(ctx, st.Query)
		if err != nil {
			return nil, err
		}
		return &Description{Schema: n.Schema()}, nil
	case *sql.CreateTable:
		_, err := env.bind(ctx, st.Query)
		return &Description{}, err
	case *sql.Insert:
		t, err := lookup(ctx, e.Catalog, st.Table)
		if err != nil {
			return nil, err
		}
		if !t.Embedded() {
			_, _, err := env.bindInsert(ctx, st)
			return &Description{}, err
		}
		return env.describeChange(ctx, st)
	case *sql.Update, *sql.Delete:
		return env.describeChange(ctx, st)
	}
	return nil, sqlerr.New(sqlerr.Internal, st.Pos(), "a %T has no parameters", st)
}

func (e *Env) describeChange(ctx context.Context, st sql.Statement) (*Description, error) {
	c, err := e.bindChange(ctx, st)
	if err != nil {
		return nil, err
	}
	return &Description{Schema: c.out.Returns}, nil
}
