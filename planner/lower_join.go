package planner

import (
	"slices"

	"millrace/exec"
	"millrace/expr"
	"millrace/flow"
	"millrace/planner/logical"
	"millrace/types"
)

// broadcastRows is how many rows the right of a join may have for all of it to go to each instance, so that the rows
// of the left can stay where they are.
const broadcastRows = 20_000

// needed lowers a tree of whose columns only those that need names are read, and tells where each is (-1: gone). A join
// makes no others.
func (l *lowering) needed(n logical.Node, need []bool) (*flow.Node, []int, error) {
	switch n := n.(type) {
	case *logical.Join:
		return l.join(n, need)
	case *logical.Filter:
		in, at, err := l.needed(n.Input, with(need, n.Where))
		if err != nil {
			return nil, nil, err
		}
		return l.node("filter", exec.Filter{Where: remap(n.Where, at)}, l.types[in], in.Parallelism, flow.Edge{From: in}), at, nil
	}
	in, err := l.lower(n)
	return in, identity(len(need)), err
}

func (l *lowering) projectOver(n *logical.Project) (*flow.Node, error) {
	need := make([]bool, len(n.Input.Schema()))
	for _, x := range n.Exprs {
		need = with(need, x)
	}
	in, at, err := l.needed(n.Input, need)
	if err != nil {
		return nil, err
	}
	return l.project(remapAll(n.Exprs, at), n.Schema(), in), nil
}

func (l *lowering) aggregateOver(n *logical.Aggregate) (*flow.Node, error) {
	in, at, err := l.needed(n.Input, callInputs(len(n.Input.Schema()), n.Keys, n.Calls))
	if err != nil {
		return nil, err
	}
	out := *n
	out.Keys, out.Calls = remapAll(n.Keys, at), remapCalls(n.Calls, at)
	return l.aggregate(&out, n.Schema(), in), nil
}

// joinSides is a join with its sides chosen: the right is the one that is kept.
type joinSides struct {
	*logical.Join
	keys     []joinKey
	residual []expr.Expr // over the columns of Left, then of Right
}

type joinKey struct {
	left, right expr.Expr // over the columns of their sides
	nullEqual   bool
}

// mirrored is the same join with the sides changed, for those that have one.
var mirrored = map[exec.JoinKind]exec.JoinKind{
	exec.InnerJoin: exec.InnerJoin, exec.LeftJoin: exec.RightJoin, exec.RightJoin: exec.LeftJoin, exec.FullJoin: exec.FullJoin,
	exec.SemiJoin: exec.RightSemiJoin, exec.AntiJoin: exec.RightAntiJoin, exec.RightSemiJoin: exec.SemiJoin, exec.RightAntiJoin: exec.AntiJoin,
}

// worthMirroring is how many times larger the right must be than the left for the left to be kept instead.
const worthMirroring = 1.2

// join lowers a join that gives the columns that need names; at is where they are (-1: gone).
func (l *lowering) join(n *logical.Join, need []bool) (*flow.Node, []int, error) {
	j := &joinSides{Join: n}
	j.split()
	lw, rw := len(n.Left.Schema()), len(n.Right.Schema())
	if other, ok := mirrored[n.Kind]; ok && len(j.keys) > 0 && n.NullAware == 0 && l.env.rows(n.Right) > worthMirroring*l.env.rows(n.Left) {
		swapped := &logical.Join{Kind: other, Left: n.Right, Right: n.Left, At: n.At}
		if n.On != nil {
			swapped.On = expr.Remap(n.On, func(c int) int { return (c + rw) % (lw + rw) })
		}
		m := &joinSides{Join: swapped}
		m.split()
		turned := make([]bool, len(need))
		pairs := len(need) == lw+rw && len(swapped.Schema()) == lw+rw
		for i, ok := range need {
			if pairs {
				i = (i + rw) % (lw + rw)
			}
			turned[i] = ok
		}
		in, at, err := l.lowerJoin(m, turned)
		if err != nil || !pairs {
			return in, at, err
		}
		back := make([]int, len(at))
		for i := range back {
			back[i] = at[(i+rw)%(lw+rw)]
		}
		if all := !slices.Contains(need, false); all { // the columns' order is that of the query
			return l.project(columnsAt(n.Schema(), back, n), n.Schema(), in), identity(len(back)), nil
		}
		return in, back, nil
	}
	return l.lowerJoin(j, need)
}

// columnsAt is a reference to each column of a schema, which stands at at.
func columnsAt(s types.Schema, at []int, n logical.Node) []expr.Expr {
	out := make([]expr.Expr, len(s))
	for i, c := range s {
		out[i] = expr.NewColumn(at[i], c.Name, c.Type, n.Pos())
	}
	return out
}

// split takes the condition apart: keys, with those in which NULL counts last, and the rest.
func (j *joinSides) split() {
	if j.On == nil {
		return
	}
	s := sides{len(j.Left.Schema())}
	conds := expr.Split(j.On)
	aware := min(j.NullAware, len(conds))
	for i, c := range conds {
		left, right, ok := equiKey(c, s)
		if !ok || !hashable(left.Type()) {
			if i >= len(conds)-aware { // it has to be seen with the pairs: there are no keys to find them by
				j.keys, j.residual = nil, conds
				return
			}
			j.residual = append(j.residual, c)
			continue
		}
		j.keys = append(j.keys, joinKey{left, s.toRight(right), c.(*expr.Call).Name() == "is not distinct from"})
	}
	if aware > 0 && len(j.residual) > 0 {
		j.keys, j.residual = nil, conds
	}
}

// hashable reports whether rows can be found by a value of a type.
func hashable(t types.Type) bool {
	switch t.Kind {
	case types.JSON, types.Array, types.Map, types.Row, types.Unknown:
		return false
	}
	return true
}

func (l *lowering) lowerJoin(j *joinSides, need []bool) (*flow.Node, []int, error) {
	lw := len(j.Left.Schema())
	all := make([]bool, lw+len(j.Right.Schema())) // of both sides
	switch j.Kind {
	case exec.RightSemiJoin, exec.RightAntiJoin:
		copy(all[lw:], need)
	case exec.SemiJoin, exec.AntiJoin, exec.MarkJoin:
		copy(all, need[:lw])
	default:
		copy(all, need)
	}
	for _, r := range j.residual {
		all = with(all, r)
	}
	leftNeed, rightNeed := slices.Clone(all[:lw]), slices.Clone(all[lw:])
	for _, k := range j.keys {
		leftNeed, rightNeed = with(leftNeed, k.left), with(rightNeed, k.right)
	}
	left, leftAt, err := l.needed(j.Left, leftNeed)
	if err != nil {
		return nil, nil, err
	}
	right, rightAt, err := l.needed(j.Right, rightNeed)
	if err != nil {
		return nil, nil, err
	}
	var leftKeys, rightKeys []int
	left, leftKeys = l.withKeys(left, leftAt, j.keys, func(k joinKey) expr.Expr { return k.left })
	right, rightKeys = l.withKeys(right, rightAt, j.keys, func(k joinKey) expr.Expr { return k.right })
	ls, rs := l.types[left], l.types[right]

	both := make([]int, 0, len(all)) // where the columns of both are
	both = append(both, leftAt...)
	for _, c := range rightAt {
		if c >= 0 {
			c += len(ls)
		}
		both = append(both, c)
	}
	var emit []int
	var out types.Schema
	at := gone(len(need))
	schema := j.Schema()
	for i, ok := range need {
		if !ok {
			continue
		}
		at[i] = len(out)
		out = append(out, schema[i])
		switch {
		case j.Kind == exec.RightSemiJoin || j.Kind == exec.RightAntiJoin:
			emit = append(emit, rightAt[i])
		case j.Kind == exec.MarkJoin && i == lw:
			emit = append(emit, len(ls))
		default:
			emit = append(emit, both[i])
		}
	}
	residual := expr.And(remapAll(j.residual, both))
	if len(j.keys) == 0 {
		return l.loopJoin(j, left, right, residual, emit, out), at, nil
	}
	spec := exec.HashJoin{
		Kind: j.Kind, Left: ls, Right: rs, LeftKeys: leftKeys, RightKeys: rightKeys, NullAware: j.NullAware,
		Residual: residual, Emit: emit, Out: out,
	}
	for _, k := range j.keys {
		spec.NullEqual = append(spec.NullEqual, k.nullEqual)
	}
	p := l.env.Parallelism
	switch {
	case left.Parallelism == 1 && right.Parallelism == 1 && p == 1:
		return l.node("join", spec, out, 1, flow.Edge{From: left}, flow.Edge{From: right}), at, nil
	case j.NullAware > 0 || broadcasts(j.Kind) && l.env.rows(j.Right) <= broadcastRows:
		// Where NULL counts each instance must know whether the right has one.
		spec.Broadcast = true
		return l.node("join", spec, out, left.Parallelism, flow.Edge{From: left}, l.broadcast(right, left.Parallelism)), at, nil
	}
	return l.node("join", spec, out, p,
		flow.Edge{From: left, Exchange: flow.Exchange{Mode: flow.Hash, Keys: leftKeys}},
		flow.Edge{From: right, Exchange: flow.Exchange{Mode: flow.Hash, Keys: rightKeys}}), at, nil
}

// broadcasts reports whether each instance of a join may have all of the right: it gives no row of it that has no match.
func broadcasts(k exec.JoinKind) bool {
	switch k {
	case exec.RightJoin, exec.FullJoin, exec.RightSemiJoin, exec.RightAntiJoin:
		return false
	}
	return true
}

func (l *lowering) broadcast(n *flow.Node, to int) flow.Edge {
	if n.Parallelism == 1 && to == 1 {
		return flow.Edge{From: n}
	}
	return flow.Edge{From: n, Exchange: flow.Exchange{Mode: flow.Broadcast}}
}

// withKeys has a column for each key, computed where the key is no column; at says where the columns of the logical
// tree are in n.
func (l *lowering) withKeys(n *flow.Node, at []int, keys []joinKey, side func(joinKey) expr.Expr) (*flow.Node, []int) {
	schema := slices.Clone(l.types[n])
	var exprs []expr.Expr
	for i, c := range schema {
		exprs = append(exprs, expr.NewColumn(i, c.Name, c.Type, 0))
	}
	have := len(exprs)
	var cols []int
	for _, k := range keys {
		x := remap(side(k), at)
		if c, ok := x.(*expr.Column); ok {
			cols = append(cols, c.Index)
			continue
		}
		cols = append(cols, len(exprs))
		exprs = append(exprs, x)
		schema = append(schema, types.Column{Name: x.String(), Type: x.Type()})
	}
	if len(exprs) == have {
		return n, cols
	}
	return l.project(exprs, schema, n), cols
}

// loopJoin joins by looking at every pair.
func (l *lowering) loopJoin(j *joinSides, left, right *flow.Node, on expr.Expr, emit []int, out types.Schema) *flow.Node {
	spec := exec.LoopJoin{
		Kind: j.Kind, Left: l.types[left], Right: l.types[right], On: on, NullAware: j.NullAware, Emit: emit, Out: out,
		Broadcast: broadcasts(j.Kind),
	}
	if spec.Broadcast {
		return l.node("join", spec, out, left.Parallelism, flow.Edge{From: left}, l.broadcast(right, left.Parallelism))
	}
	edge := func(n *flow.Node) flow.Edge {
		if n.Parallelism == 1 {
			return flow.Edge{From: n}
		}
		return flow.Edge{From: n, Exchange: flow.Exchange{Mode: flow.Gather}}
	}
	return l.node("join", spec, out, 1, edge(left), edge(right))
}
