package planner

import (
	"millrace/exec"
	"millrace/expr"
	"millrace/expr/agg"
	"millrace/planner/logical"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
)

// arrayQuery is ARRAY(query): the values of its one column, in the order of its rows; an empty array where it has none.
func (x *exprBinder) arrayQuery(e *sql.ArrayQuery) (expr.Expr, error) {
	rel, refs, err := x.subquery(e.Query, e.Pos())
	if err != nil {
		return nil, err
	}
	if len(rel.cols) != 1 {
		return nil, sqlerr.New(sqlerr.SyntaxError, e.Pos(), "subquery must return only one column, not %d", len(rel.cols))
	}
	input, value, order := valuesInOrder(rel)
	args := []expr.Expr{value}
	var m agg.Modifiers
	for _, o := range order {
		m.OrderBy = append(m.OrderBy, agg.Order{Arg: len(args), Desc: o.Desc, NullsFirst: o.NullsFirst})
		m.Extra = append(m.Extra, o.Expr.Type())
		args = append(args, o.Expr)
	}
	resolved, err := agg.ResolveCall("array_agg", []types.Type{value.Type()}, m, e.Pos())
	if err != nil {
		return nil, err
	}
	call := logical.AggCall{Call: resolved, Args: args[:len(resolved.Args)], At: e.Pos()}
	g := &logical.Aggregate{Input: input, Calls: []logical.AggCall{call}, At: e.Pos()}
	empty, err := expr.NewCast(expr.NewLiteral("{}", types.Of(types.Unknown), e.Pos()), call.Result, false, e.Pos())
	if err != nil {
		return nil, err
	}
	all, err := expr.NewCall("coalesce", []expr.Expr{expr.NewColumn(0, call.String(), call.Result, e.Pos()), empty}, e.Pos())
	if err != nil {
		return nil, err
	}
	p := &logical.Project{Input: g, Exprs: []expr.Expr{all}, Names: []string{"array"}, At: e.Pos()}
	slot := expr.NewSlot("array", all.Type(), e.Pos())
	return x.place(logical.Apply{Kind: exec.LeftJoin, Right: p, Refs: refs, At: e.Pos()}, slot), nil
}

// valuesInOrder is the rows of a query of one column, that column, and what they are ordered by.
func valuesInOrder(rel *relation) (logical.Node, expr.Expr, []logical.Order) {
	node, value := rel.node, rel.column(0, rel.node.Pos())
	if p, ok := node.(*logical.Project); ok { // it drops what only ORDER BY needed
		if _, column := p.Exprs[0].(*expr.Column); column {
			node, value = p.Input, p.Exprs[0]
		}
	}
	switch n := node.(type) {
	case *logical.Sort:
		return n.Input, value, n.By
	case *logical.Limit:
		if s, ok := n.Input.(*logical.Sort); ok {
			return n, value, s.By
		}
	}
	return rel.node, rel.column(0, rel.node.Pos()), nil
}
