package planner

import (
	"context"
	"math"

	"millrace/exec"
	"millrace/expr"
	"millrace/planner/logical"
	"millrace/sources"
)

// Estimates choose between plans that give the same rows; nothing else rests on them. Rows of tables are known where
// the connector knows them; how many pass a filter is a guess by its shape.
const (
	unknownRows = 100_000.0

	passEqual = 0.05 // column = constant
	passRange = 0.3  // column < constant
	passOther = 0.25
	passLike  = 0.1
)

// rows is how many rows a tree gives, about.
func (e *Env) rows(n logical.Node) float64 {
	switch n := n.(type) {
	case *logical.Scan:
		return e.tableRows(n)
	case *logical.Values:
		return float64(len(n.Rows))
	case *logical.Filter:
		return max(1, e.rows(n.Input)*pass(n.Where))
	case *logical.Limit:
		in := e.rows(n.Input)
		if n.N >= 0 {
			return min(in, float64(n.N))
		}
		return in
	case *logical.Aggregate:
		if len(n.Keys) == 0 {
			return 1
		}
		return groupsOf(e.rows(n.Input), len(n.Keys))
	case *logical.Distinct:
		return groupsOf(e.rows(n.Input), len(n.Schema()))
	case *logical.Union:
		sum := 0.0
		for _, side := range n.All {
			sum += e.rows(side)
		}
		return sum
	case *logical.Join:
		return e.joinRows(n)
	}
	out := 1.0
	for _, in := range n.Inputs() {
		out = max(out, e.rows(in))
	}
	return out
}

func groupsOf(rows float64, keys int) float64 {
	return max(1, math.Pow(rows, min(0.95, 0.6+0.1*float64(keys))))
}

func (e *Env) joinRows(j *logical.Join) float64 {
	left, right := e.rows(j.Left), e.rows(j.Right)
	switch j.Kind {
	case exec.MarkJoin, exec.SingleJoin:
		return left
	case exec.SemiJoin:
		return max(1, left*e.passSemi(j, right))
	case exec.AntiJoin:
		return max(1, left/2)
	case exec.RightSemiJoin, exec.RightAntiJoin:
		return max(1, right/2)
	}
	pairs := left * right
	if j.On != nil {
		s := sides{len(j.Left.Schema())}
		for _, c := range expr.Split(j.On) {
			if _, _, ok := equiKey(c, s); !ok {
				pairs *= passOther
			}
		}
		values := 0.0
		for _, c := range expr.Split(j.On) {
			if l, r, ok := equiKey(c, s); ok {
				l, r := expr.Columns(l)[0], expr.Columns(r)[0]-s.width
				values = max(values, min(e.columnValues(j.Left, l), e.columnValues(j.Right, r)))
			}
		}
		pairs /= max(1, values)
	}
	switch j.Kind {
	case exec.LeftJoin:
		return max(pairs, left)
	case exec.RightJoin:
		return max(pairs, right)
	case exec.FullJoin:
		return max(pairs, left+right)
	}
	return max(1, pairs)
}

// passSemi is the part of the left's rows whose key the right has, about: it has as many keys as rows.
func (e *Env) passSemi(j *logical.Join, right float64) float64 {
	if j.On == nil {
		return 1
	}
	s := sides{len(j.Left.Schema())}
	part := 1.0
	for _, c := range expr.Split(j.On) {
		if l, _, ok := equiKey(c, s); ok {
			part = min(part, right/max(1, e.columnValues(j.Left, expr.Columns(l)[0])))
		} else {
			part *= 0.5
		}
	}
	return part
}

// baseRows is how many rows a tree would give if nothing were filtered: about the number of different values of a key.
func (e *Env) baseRows(n logical.Node) float64 {
	switch n := n.(type) {
	case *logical.Filter:
		return e.baseRows(n.Input)
	case *logical.Project:
		return e.baseRows(n.Input)
	case *logical.Join:
		if n.Kind == exec.RightSemiJoin || n.Kind == exec.RightAntiJoin {
			return e.baseRows(n.Right)
		}
		if keepsLeft(n.Kind) && n.Kind != exec.InnerJoin {
			return e.baseRows(n.Left)
		}
		return max(e.baseRows(n.Left), e.baseRows(n.Right))
	}
	return e.rows(n)
}

// columnValues is how many different values a column can have: as many as the table that it is of has rows.
func (e *Env) columnValues(n logical.Node, col int) float64 {
	switch n := n.(type) {
	case *logical.Filter, *logical.Sort, *logical.Distinct, *logical.Limit:
		return e.columnValues(n.Inputs()[0], col)
	case *logical.Project:
		if c, ok := n.Exprs[col].(*expr.Column); ok {
			return e.columnValues(n.Input, c.Index)
		}
	case *logical.Join:
		width := len(n.Left.Schema())
		switch {
		case n.Kind == exec.RightSemiJoin || n.Kind == exec.RightAntiJoin:
			return e.columnValues(n.Right, col)
		case col < width:
			return e.columnValues(n.Left, col)
		case n.Kind != exec.MarkJoin:
			return e.columnValues(n.Right, col-width)
		}
	}
	return e.baseRows(n)
}

// pass is the part of the rows that a condition lets through, about.
func pass(where expr.Expr) float64 {
	out := 1.0
	for _, c := range expr.Split(where) {
		out *= passOne(c)
	}
	return out
}

func passOne(c expr.Expr) float64 {
	if branches := expr.SplitOr(c); len(branches) > 1 {
		sum := 0.0
		for _, b := range branches {
			sum += pass(b)
		}
		return min(sum, 0.9)
	}
	call, ok := c.(*expr.Call)
	if !ok {
		return passOther
	}
	switch call.Name() {
	case "=":
		return passEqual
	case "<", "<=", ">", ">=":
		return passRange
	case "<>":
		return 0.9
	case "is not null":
		return 0.95
	case "like", "ilike", "~", "similar to":
		return passLike
	case "not":
		return 1 - min(0.9, passOne(call.Inputs()[0]))
	}
	return passOther
}

// equiKey takes an equality of the two sides of a join apart.
func equiKey(c expr.Expr, s sides) (left, right expr.Expr, ok bool) {
	call, isCall := c.(*expr.Call)
	if !isCall || call.Name() != "=" && call.Name() != "is not distinct from" || expr.Volatile(c) {
		return nil, nil, false
	}
	l, r := call.Inputs()[0], call.Inputs()[1]
	if s.of(l) == onRight {
		l, r = r, l
	}
	if s.of(l) != onLeft || s.of(r) != onRight || !l.Type().Equal(r.Type()) {
		return nil, nil, false
	}
	return l, r, true
}

// tableRows is how many rows a table has, less those that its connector leaves out.
func (e *Env) tableRows(s *logical.Scan) float64 {
	rows := unknownRows
	if conn, err := e.Sources(s.Table.Connector()); err == nil {
		if sizer, ok := conn.(sources.Sizer); ok {
			if n, known := sizer.Rows(context.Background(), s.Table); known {
				rows = float64(n)
			}
		}
	}
	if len(s.Filter) > 0 {
		rows *= pass(expr.And(s.Filter))
	}
	return max(1, rows)
}
