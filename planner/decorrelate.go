package planner

import (
	"slices"

	"millrace/exec"
	"millrace/expr"
	"millrace/planner/logical"
	"millrace/sqlerr"
	"millrace/types"
)

// decorrelate makes joins of all Apply nodes: of subqueries that read the row around them. In the order of what it
// costs:
//
//   - the conditions that read the outer row move up to the join, where nothing between minds (pullUp);
//   - an aggregate without keys under such conditions, all of them equalities, groups by their inner sides (scalarAggregate);
//   - otherwise the subquery is computed for each distinct combination of the outer values that it reads (dependent), which
//     always works: Neumann and Kemper, "Unnesting Arbitrary Queries", BTW 2015.
func (e *Env) decorrelate(n logical.Node) (logical.Node, error) {
	return logical.Transform(n, func(n logical.Node) (logical.Node, error) {
		if a, ok := n.(*logical.Apply); ok {
			return e.unnest(a)
		}
		for { // conditions move out of a semi join more often than out of a mark
			out, did, err := markToSemi.Apply(e, n)
			if err != nil || !did {
				return n, err
			}
			n = out
		}
	})
}

func (e *Env) unnest(a *logical.Apply) (logical.Node, error) {
	free := freeSlots(a.Right)
	refs := slices.DeleteFunc(slices.Clone(a.Refs), func(r logical.Ref) bool { return !free[r.Slot] })
	if len(refs) == 0 {
		return a.Join(), nil
	}
	u := &unnester{env: e, apply: a, refs: refs, width: len(a.Left.Schema()), values: map[*expr.Slot]expr.Expr{}}
	for _, r := range refs {
		u.values[r.Slot] = r.Value
	}
	for _, try := range []func() (logical.Node, bool, error){u.inline, u.byCondition, u.byProject, u.scalarAggregate, u.dependentJoin} {
		if out, ok, err := try(); ok || err != nil {
			return out, err
		}
	}
	return nil, sqlerr.Unsupported(a.At, "a subquery that reads the outer row in this place", "Write it as a join.")
}

// freeSlots are the slots that a tree reads and no Apply in it binds.
func freeSlots(n logical.Node) map[*expr.Slot]bool {
	free := map[*expr.Slot]bool{}
	var walk func(logical.Node)
	walk = func(n logical.Node) {
		_, _ = mapExprs(n, func(x expr.Expr) (expr.Expr, error) {
			for _, s := range expr.Slots(x) {
				free[s] = true
			}
			return x, nil
		})
		for _, in := range n.Inputs() {
			walk(in)
		}
	}
	walk(n)
	return free
}

// unnester makes a join of one Apply. Left's columns are the first width of the result.
type unnester struct {
	env    *Env
	apply  *logical.Apply
	refs   []logical.Ref
	width  int
	values map[*expr.Slot]expr.Expr // what each slot is, over the columns of Left
	// often: it makes no difference how often a row comes out of the tree that is looked at.
	often bool
}

// bound reports whether e reads the outer row.
func (u *unnester) bound(e expr.Expr) bool {
	return slices.ContainsFunc(expr.Slots(e), func(s *expr.Slot) bool { return u.values[s] != nil })
}

// free reports whether a tree does.
func (u *unnester) free(n logical.Node) bool {
	for s := range freeSlots(n) {
		if u.values[s] != nil {
			return true
		}
	}
	return false
}

// outside is an expression over a tree to the right of Left as one over both.
func (u *unnester) outside(e expr.Expr) expr.Expr {
	return expr.Fill(shift(e, u.width), u.values)
}

func shift(e expr.Expr, by int) expr.Expr {
	return expr.Remap(e, func(c int) int { return c + by })
}

// on is the condition of a join with a tree that has the columns of Right first, where conds over it are to hold too.
func (u *unnester) on(conds []expr.Expr) expr.Expr {
	var all []expr.Expr
	for _, c := range conds {
		all = append(all, u.outside(c))
	}
	if u.apply.On != nil { // last, where NullAware has its comparisons
		all = append(all, expr.Split(u.apply.On)...)
	}
	return expr.And(all)
}

// join is the Apply as a join with right, which has the columns of Right first.
func (u *unnester) join(right logical.Node, conds []expr.Expr) logical.Node {
	j := u.apply.Join()
	j.Right, j.On = right, u.on(conds)
	have := len(j.Schema())
	if want := len(u.apply.Schema()); have > want {
		return firstColumns(j, want)
	}
	return j
}

// inline computes a subquery that has no FROM in the row around it.
func (u *unnester) inline() (logical.Node, bool, error) {
	p, ok := u.apply.Right.(*logical.Project)
	if !ok || u.apply.On != nil || u.apply.Kind == exec.MarkJoin {
		return nil, false, nil
	}
	if v, ok := p.Input.(*logical.Values); !ok || len(v.Rows) != 1 || len(v.Out) > 0 {
		return nil, false, nil
	}
	out := leftColumns(u.apply)
	for i, x := range p.Exprs {
		out.Exprs, out.Names = append(out.Exprs, expr.Fill(x, u.values)), append(out.Names, p.Names[i])
	}
	return out, true, nil
}

// leftColumns is a projection of an Apply's Left to what it is.
func leftColumns(a *logical.Apply) *logical.Project {
	p := &logical.Project{Input: a.Left, At: a.At}
	for i, c := range a.Left.Schema() {
		p.Exprs, p.Names = append(p.Exprs, expr.NewColumn(i, c.Name, c.Type, a.At)), append(p.Names, c.Name)
	}
	return p
}

// byCondition joins by the conditions that read the outer row.
func (u *unnester) byCondition() (logical.Node, bool, error) {
	right := u.apply.Right
	u.often = u.apply.Kind == exec.MarkJoin
	defer func() { u.often = false }()
	if u.often {
		for { // a row more or less of those that are equal makes no difference
			d, ok := right.(*logical.Distinct)
			if !ok {
				break
			}
			right = d.Input
		}
	}
	p, ok := u.pullUp(right)
	if !ok || u.free(p.node) {
		return nil, false, nil
	}
	return u.join(p.node, p.conds), true, nil
}

// byProject moves a projection that reads the outer row above the join.
func (u *unnester) byProject() (logical.Node, bool, error) {
	a := u.apply
	p, ok := a.Right.(*logical.Project)
	if !ok || volatile(p.Exprs) || !slices.ContainsFunc(p.Exprs, u.bound) {
		return nil, false, nil
	}
	below := *a
	below.Right = p.Input
	values := make([]expr.Expr, len(p.Exprs)) // over Left and the projection's input
	for i, x := range p.Exprs {
		values[i] = u.outside(x)
	}
	if a.On != nil {
		below.On = expr.Rewrite(a.On, func(x expr.Expr) expr.Expr {
			if c, ok := x.(*expr.Column); ok && c.Index >= u.width {
				return values[c.Index-u.width]
			}
			return x
		})
	}
	if a.Kind == exec.MarkJoin {
		out, err := u.env.unnest(&below)
		return out, true, err
	}
	out := leftColumns(a)
	if a.Kind != exec.InnerJoin { // where there is no match the values are NULL, whatever they are made of
		width := len(p.Input.Schema())
		there := firstColumns(p.Input, width).(*logical.Project)
		there.Exprs = append(there.Exprs, expr.NewLiteral(true, types.Of(types.Bool), a.At))
		there.Names = append(there.Names, "there")
		below.Right = there
		mark := expr.NewColumn(u.width+width, "there", types.Of(types.Bool), a.At)
		for i, v := range values {
			var err error
			if values[i], err = expr.NewCase([]expr.When{{Cond: mark, Then: v}}, nil, a.At); err != nil {
				return nil, false, err
			}
		}
	}
	in, err := u.env.unnest(&below)
	if err != nil {
		return nil, false, err
	}
	out.Input = in
	out.Exprs, out.Names = append(out.Exprs, values...), append(out.Names, p.Names...)
	return out, true, nil
}

// scalarAggregate groups an aggregate without keys by the inner sides of the equalities with the outer row, and joins
// each group to the rows that it is for. A row for which there is no group has the aggregates of no rows.
func (u *unnester) scalarAggregate() (logical.Node, bool, error) {
	a := u.apply
	if a.Kind == exec.MarkJoin {
		return nil, false, nil
	}
	var chain []logical.Node // projections and filters over the aggregate, top first
	node := a.Right
	var g *logical.Aggregate
	for g == nil {
		switch n := node.(type) {
		case *logical.Aggregate:
			g = n
			continue
		case *logical.Project:
			if volatile(n.Exprs) {
				return nil, false, nil
			}
			chain = append(chain, n)
		case *logical.Filter:
			chain = append(chain, n)
		case *logical.Sort: // of one row
		case *logical.Limit:
			if n.N == 0 || n.Offset > 0 {
				return nil, false, nil
			}
		default:
			return nil, false, nil
		}
		node = node.Inputs()[0]
	}
	if len(g.Keys) > 0 {
		return nil, false, nil
	}
	p, ok := u.pullUp(g.Input)
	if !ok || u.free(p.node) {
		return nil, false, nil
	}
	group := &logical.Aggregate{Input: p.node, Calls: g.Calls, At: g.At}
	var on []expr.Expr
	for i, c := range p.conds {
		inner, outer, ok := u.equality(c)
		if !ok {
			return nil, false, nil
		}
		group.Keys, group.Names = append(group.Keys, inner), append(group.Names, inner.String())
		key := expr.NewColumn(u.width+i, inner.String(), inner.Type(), c.Pos())
		eq, err := expr.NewCall(c.(*expr.Call).Name(), []expr.Expr{expr.Fill(outer, u.values), key}, c.Pos())
		if err != nil {
			return nil, false, err
		}
		on = append(on, eq)
	}
	for _, c := range g.Calls {
		if slices.ContainsFunc(c.Args, u.bound) || c.Filter != nil && u.bound(c.Filter) {
			return nil, false, nil
		}
	}
	values, err := emptyResults(g.Calls, u.width+len(group.Keys))
	if err != nil {
		return nil, false, err
	}
	out, err := u.onTop(chain, &logical.Join{Kind: exec.LeftJoin, Left: a.Left, Right: group, On: expr.And(on), At: a.At}, values)
	return out, err == nil, err
}

// onTop computes what chain, top first, makes of the one row that values are, for each row of node, whose first
// columns are those of Left.
func (u *unnester) onTop(chain []logical.Node, node logical.Node, values []expr.Expr) (logical.Node, error) {
	a := u.apply
	var where []expr.Expr
	for _, n := range slices.Backward(chain) {
		switch n := n.(type) {
		case *logical.Filter:
			where = append(where, expr.Fill(substitute(n.Where, values), u.values))
		case *logical.Project:
			next := make([]expr.Expr, len(n.Exprs))
			for i, x := range n.Exprs {
				next[i] = expr.Fill(substitute(x, values), u.values)
			}
			values = next
		}
	}
	if a.On != nil {
		where = append(where, expr.Rewrite(a.On, func(x expr.Expr) expr.Expr {
			if c, ok := x.(*expr.Column); ok && c.Index >= u.width {
				return values[c.Index-u.width]
			}
			return x
		}))
	}
	if len(where) > 0 && a.Kind == exec.InnerJoin {
		node = &logical.Filter{Input: node, Where: expr.And(where)}
	} else if len(where) > 0 {
		for i, v := range values {
			var err error
			if values[i], err = expr.NewCase([]expr.When{{Cond: expr.And(where), Then: v}}, nil, a.At); err != nil {
				return nil, err
			}
		}
	}
	out := leftColumns(a)
	out.Input = node
	for i, c := range a.Right.Schema() {
		out.Exprs, out.Names = append(out.Exprs, values[i]), append(out.Names, c.Name)
	}
	return out, nil
}

// emptyResults are the columns from at on, those of calls, with NULL replaced by what a call gives for no rows.
func emptyResults(calls []logical.AggCall, at int) ([]expr.Expr, error) {
	out := make([]expr.Expr, len(calls))
	for i, c := range calls {
		out[i] = expr.NewColumn(at+i, c.String(), c.Result, c.At)
		acc := c.New(allocator)
		acc.Grow(1)
		a, err := acc.Result(nil)
		if err != nil {
			acc.Release()
			return nil, err
		}
		lit, ok := expr.LiteralOf(a, c.Result, c.At)
		a.Release()
		acc.Release()
		if !ok || lit.Value == nil {
			continue
		}
		if out[i], err = expr.NewCall("coalesce", []expr.Expr{out[i], lit}, c.At); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// equality takes an equality of something of the subquery with something of the outer row apart.
func (u *unnester) equality(c expr.Expr) (inner, outer expr.Expr, ok bool) {
	call, isCall := c.(*expr.Call)
	if !isCall || call.Name() != "=" && call.Name() != "is not distinct from" {
		return nil, nil, false
	}
	l, r := call.Inputs()[0], call.Inputs()[1]
	if u.bound(l) {
		l, r = r, l
	}
	if u.bound(l) || !u.bound(r) || len(expr.Columns(r)) > 0 || len(expr.Columns(l)) == 0 || expr.Volatile(l) {
		return nil, nil, false
	}
	return l, r, true
}
