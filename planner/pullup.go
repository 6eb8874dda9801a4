package planner

import (
	"slices"

	"millrace/exec"
	"millrace/expr"
	"millrace/planner/logical"
)

// pulled is a tree from which conditions on the outer row were taken. It has the columns that it had first; what only
// the conditions read stands behind them.
type pulled struct {
	node  logical.Node
	conds []expr.Expr
}

// pullUp takes the conditions that read the outer row out of a tree, where they can as well hold above it. It tells
// whether it could look through all that reads the outer row; the tree may still read it elsewhere.
func (u *unnester) pullUp(n logical.Node) (pulled, bool) {
	if !u.free(n) {
		return pulled{node: n}, true
	}
	switch n := n.(type) {
	case *logical.Filter:
		return u.pullFilter(n)
	case *logical.Project:
		return u.pullProject(n)
	case *logical.Sort:
		return u.pullUp(n.Input) // the order of a subquery's rows makes no difference without LIMIT
	case *logical.Join:
		return u.pullJoin(n)
	case *logical.Aggregate:
		return u.pullAggregate(n)
	case *logical.Limit:
		return u.pullLimit(n)
	case *logical.Over:
		return u.pullOver(n)
	case *logical.Distinct:
		p, ok := u.pullUp(n.Input)
		if !ok || !u.equalities(p.conds) {
			return p, false
		}
		return u.asWide(p, n, func(in logical.Node) logical.Node { return &logical.Distinct{Input: in, At: n.At} })
	}
	return pulled{}, false
}

func (u *unnester) pullFilter(n *logical.Filter) (pulled, bool) {
	p, ok := u.pullUp(n.Input)
	if !ok {
		return p, false
	}
	var stay []expr.Expr
	for _, c := range expr.Split(n.Where) {
		if !u.bound(c) {
			stay = append(stay, c)
			continue
		}
		if expr.Volatile(c) {
			return p, false
		}
		p.conds = append(p.conds, c)
	}
	if len(stay) > 0 {
		p.node = &logical.Filter{Input: p.node, Where: expr.And(stay)}
	}
	return p, true
}

func (u *unnester) pullProject(n *logical.Project) (pulled, bool) {
	p, ok := u.pullUp(n.Input)
	if !ok || slices.ContainsFunc(n.Exprs, u.bound) {
		return p, false
	}
	out := &logical.Project{Input: p.node, Exprs: slices.Clone(n.Exprs), Names: slices.Clone(n.Names), At: n.At}
	schema := p.node.Schema()
	at := map[int]int{}
	for i, c := range p.conds {
		for _, col := range expr.Columns(c) {
			if _, ok := at[col]; ok {
				continue
			}
			at[col] = len(out.Exprs)
			out.Exprs = append(out.Exprs, expr.NewColumn(col, schema[col].Name, schema[col].Type, c.Pos()))
			out.Names = append(out.Names, schema[col].Name)
		}
		p.conds[i] = expr.Remap(c, func(col int) int { return at[col] })
	}
	p.node = out
	return p, true
}

// pullJoin takes conditions out of the sides of a join whose rows come out as they are: both of an inner join, else
// the left alone.
func (u *unnester) pullJoin(n *logical.Join) (pulled, bool) {
	if n.Kind == exec.SemiJoin && u.often { // as an inner join it gives the same rows, but maybe more often
		inner := *n
		inner.Kind = exec.InnerJoin
		p, ok := u.pullJoin(&inner)
		if !ok {
			return p, false
		}
		return u.withoutRight(p, n), true
	}
	switch n.Kind {
	case exec.InnerJoin, exec.LeftJoin, exec.SingleJoin, exec.SemiJoin, exec.AntiJoin, exec.MarkJoin:
	default:
		return pulled{}, false
	}
	inner := n.Kind == exec.InnerJoin
	left, ok := u.pullUp(n.Left)
	if !ok {
		return left, false
	}
	right := pulled{node: n.Right}
	if inner {
		if right, ok = u.pullUp(n.Right); !ok {
			return right, false
		}
	} else if u.free(n.Right) || n.On != nil && u.bound(n.On) {
		return left, false
	}
	lw, lw2 := len(n.Left.Schema()), len(left.node.Schema())
	rw := len(n.Right.Schema())
	moved := func(e expr.Expr) expr.Expr { // from the columns of both to those that both have now
		return expr.Remap(e, func(c int) int {
			if c >= lw {
				return c - lw + lw2
			}
			return c
		})
	}
	conds := left.conds
	var on []expr.Expr
	if n.On != nil {
		for _, c := range expr.Split(n.On) {
			if u.bound(c) {
				conds = append(conds, moved(c))
			} else {
				on = append(on, moved(c))
			}
		}
	}
	for _, c := range right.conds {
		conds = append(conds, shift(c, lw2))
	}
	j := *n
	j.Left, j.Right, j.On = left.node, right.node, expr.And(on)
	if lw2 == lw && len(right.node.Schema()) == rw {
		return pulled{&j, conds}, true
	}
	// The columns of old stand first again, what the conditions read behind them.
	schema := j.Schema()
	p := &logical.Project{Input: &j, At: n.At}
	at := make([]int, len(schema))
	add := func(col int) {
		at[col] = len(p.Exprs)
		p.Exprs = append(p.Exprs, expr.NewColumn(col, schema[col].Name, schema[col].Type, n.At))
		p.Names = append(p.Names, schema[col].Name)
	}
	rest := len(schema) - lw2 // what the join has of its right
	keep := min(rest, rw)
	if n.Kind == exec.MarkJoin {
		keep = 1
	}
	for c := range lw {
		add(c)
	}
	for c := range keep {
		add(lw2 + c)
	}
	for c := lw; c < lw2; c++ {
		add(c)
	}
	for c := keep; c < rest; c++ {
		add(lw2 + c)
	}
	for i, c := range conds {
		conds[i] = remap(c, at)
	}
	return pulled{p, conds}, true
}

// pullAggregate groups by the inner sides of equalities too: for one outer row they are the same in all rows.
func (u *unnester) pullAggregate(n *logical.Aggregate) (pulled, bool) {
	u.often = false
	p, ok := u.pullUp(n.Input)
	if !ok || len(n.Keys) == 0 || !u.equalities(p.conds) || slices.ContainsFunc(n.Keys, u.bound) {
		return p, false
	}
	for _, c := range n.Calls {
		if slices.ContainsFunc(c.Args, u.bound) || c.Filter != nil && u.bound(c.Filter) {
			return p, false
		}
	}
	g := &logical.Aggregate{Input: p.node, Keys: slices.Clone(n.Keys), Names: slices.Clone(n.Names), Calls: n.Calls, At: n.At}
	out := &logical.Project{Input: g, At: n.At}
	for i, c := range p.conds {
		inner, outer, _ := u.equality(c)
		at := len(n.Keys) + len(n.Calls) + i
		key := expr.NewColumn(at, inner.String(), inner.Type(), c.Pos())
		eq, err := expr.NewCall(c.(*expr.Call).Name(), []expr.Expr{key, outer}, c.Pos())
		if err != nil {
			return p, false
		}
		p.conds[i] = eq
		g.Keys, g.Names = append(g.Keys, inner), append(g.Names, inner.String())
	}
	schema := g.Schema()
	add := func(col int) {
		out.Exprs = append(out.Exprs, expr.NewColumn(col, schema[col].Name, schema[col].Type, n.At))
		out.Names = append(out.Names, schema[col].Name)
	}
	for c := range n.Keys {
		add(c)
	}
	for c := range n.Calls {
		add(len(g.Keys) + c)
	}
	for c := range p.conds {
		add(len(n.Keys) + c)
	}
	p.node = out
	return p, true
}

// equalities reports whether all conditions compare something of the subquery with something of the outer row.
func (u *unnester) equalities(conds []expr.Expr) bool {
	return !slices.ContainsFunc(conds, func(c expr.Expr) bool {
		_, _, ok := u.equality(c)
		return !ok
	})
}

// asWide puts a step that looks at all columns of its rows over p: beside those that n has it sees only the inner
// sides of the equalities.
func (u *unnester) asWide(p pulled, n logical.Node, step func(logical.Node) logical.Node) (pulled, bool) {
	width := len(n.Schema())
	in := firstColumns(p.node, width).(*logical.Project)
	for i, c := range p.conds {
		inner, outer, _ := u.equality(c)
		key := expr.NewColumn(width+i, inner.String(), inner.Type(), c.Pos())
		in.Exprs, in.Names = append(in.Exprs, inner), append(in.Names, inner.String())
		eq, err := expr.NewCall(c.(*expr.Call).Name(), []expr.Expr{key, outer}, c.Pos())
		if err != nil {
			return p, false
		}
		p.conds[i] = eq
	}
	p.node = step(in)
	return p, true
}

// withoutRight drops the columns of a join's right that its conditions do not read: as a semi join it has none.
func (u *unnester) withoutRight(p pulled, n *logical.Join) pulled {
	left := len(n.Left.Schema())
	cols := span(0, left)
	at := map[int]int{}
	for _, c := range p.conds {
		for _, col := range expr.Columns(c) {
			if _, ok := at[col]; !ok && col >= left {
				at[col] = len(cols)
				cols = append(cols, col)
			}
		}
	}
	for i, c := range p.conds {
		p.conds[i] = expr.Remap(c, func(col int) int {
			if col < left {
				return col
			}
			return at[col]
		})
	}
	return pulled{reorder(p.node, cols), p.conds}
}
