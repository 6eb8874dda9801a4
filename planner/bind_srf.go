package planner

import (
	"millrace/expr"
	"millrace/planner/logical"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
)

// isSetReturning reports whether a function gives rows: unnest, generate_series and their like.
func isSetReturning(name string) bool { return expr.IsSetReturning(name) }

// setReturning binds a set-returning function in FROM over the columns of input, which come first in what it gives; nil
// is one row of no columns. outer keeps a row of input for which the function gives none, with NULLs.
func (b *binder) setReturning(f *sql.TableFunc, input *relation, outer bool) (*relation, error) {
	if input == nil {
		input = &relation{node: &logical.Values{Rows: [][]expr.Expr{nil}, At: f.Pos()}}
	}
	calls, err := b.setCalls(f, input)
	if err != nil {
		return nil, err
	}
	width := len(input.cols)
	n := &logical.Unnest{Input: input.node, Keep: keyList(0, width), Calls: calls, Outer: outer, At: f.Pos()}
	table := f.Name
	if f.Alias.Name != nil {
		table = f.Alias.Name.Text
	}
	out := &relation{cols: input.cols[:width:width]}
	var exprs []expr.Expr // over the node, where a column of it is taken apart
	apart := false
	for i := range input.cols {
		exprs = append(exprs, input.column(i, f.Pos()))
	}
	add := func(e expr.Expr, name string) {
		exprs = append(exprs, e)
		out.cols = append(out.cols, scopeColumn{table: table, name: name, typ: e.Type()})
	}
	for i, c := range calls {
		name := c.Name()
		switch {
		case c.Column() != "":
			name = c.Column()
		case len(calls) == 1 && f.Alias.Name != nil:
			name = f.Alias.Name.Text
		}
		n.Names = append(n.Names, name)
		col := expr.NewColumn(width+i, name, c.Type(), c.Pos())
		if c.Type().Kind != types.Row {
			add(col, name)
			continue
		}
		apart = true
		for _, field := range c.Type().Fields {
			part, err := expr.NewField(col, field.Name, c.Pos())
			if err != nil {
				return nil, err
			}
			add(part, field.Name)
		}
	}
	if f.Ordinality {
		n.Ordinality = "ordinality"
		add(expr.NewColumn(width+len(calls), n.Ordinality, types.Of(types.Int64), f.Pos()), n.Ordinality)
	}
	if names := f.Alias.Columns; len(names) > len(out.cols)-width {
		return nil, sqlerr.New(sqlerr.SyntaxError, names[len(out.cols)-width].Pos(), "%q has %d columns but %d names are given", table, len(out.cols)-width, len(names))
	}
	for i, name := range f.Alias.Columns {
		out.cols[width+i].name = name.Text
	}
	out.node = n
	if apart {
		p := &logical.Project{Input: n, Exprs: exprs, At: f.Pos()}
		for _, c := range out.cols {
			p.Names = append(p.Names, c.name)
		}
		out.node = p
	}
	return out, nil
}

// setCalls binds the arguments; unnest of several arrays is a call each.
func (b *binder) setCalls(f *sql.TableFunc, input *relation) ([]*expr.SetCall, error) {
	args := make([]expr.Expr, len(f.Args))
	for i, a := range f.Args {
		if a.Expr == nil || a.Name != "" {
			return nil, sqlerr.New(sqlerr.SyntaxError, a.Pos(), "%s takes values as its arguments, in their order", f.Name)
		}
		var err error
		if args[i], err = b.expr(a.Expr, input); err != nil {
			return nil, err
		}
	}
	if f.Name != "unnest" || len(args) < 2 {
		c, err := expr.NewSetCall(f.Name, args, f.Pos())
		return []*expr.SetCall{c}, err
	}
	calls := make([]*expr.SetCall, len(args))
	for i, a := range args {
		var err error
		if calls[i], err = expr.NewSetCall(f.Name, []expr.Expr{a}, f.Args[i].Pos()); err != nil {
			return nil, err
		}
	}
	return calls, nil
}
