package planner

import (
	"millrace/exec"
	"millrace/expr"
	"millrace/flow"
	"millrace/planner/logical"
)

// over computes what the window functions read beside the columns of their input, and hands them whole partitions.
func (l *lowering) over(n *logical.Over, in *flow.Node) *flow.Node {
	var cols inputs
	below := n.Input.Schema()
	for i, c := range below {
		cols.exprs = append(cols.exprs, expr.NewColumn(i, c.Name, c.Type, n.At))
		cols.schema = append(cols.schema, c)
	}
	add := func(e expr.Expr) int {
		if e == nil {
			return -1
		}
		return cols.add(e)
	}
	spec := exec.Over{Keep: len(below), Out: n.Schema(), Top: n.Top}
	for _, p := range n.Partition {
		spec.Partition = append(spec.Partition, cols.add(p))
	}
	for _, o := range n.Order {
		at := cols.add(o.Expr)
		spec.Order = append(spec.Order, exec.Order{
			Expr: expr.NewColumn(at, cols.schema[at].Name, cols.schema[at].Type, o.Expr.Pos()), Desc: o.Desc, NullsFirst: o.NullsFirst,
		})
	}
	for _, c := range n.Calls {
		call := exec.OverCall{Call: c.Call, Filter: add(c.Filter), Peers: c.Peers}
		for _, a := range c.Args {
			call.Args = append(call.Args, cols.add(a))
		}
		if r := c.Range; r != nil {
			call.Range = &exec.OverRange{Value: add(r.Value), Start: add(r.Start), End: add(r.End), Desc: r.Desc, NullsFirst: r.NullsFirst}
		}
		spec.Calls = append(spec.Calls, call)
	}
	spec.In = cols.schema
	pre := l.project(cols.exprs, cols.schema, in)
	return l.hashed("over", spec, n.Schema(), pre, spec.Partition)
}

// partitionColumn reports whether column c of o is one that it partitions by.
func partitionColumn(o *logical.Over, c int) bool {
	for _, p := range o.Partition {
		if col, ok := p.(*expr.Column); ok && col.Index == c {
			return true
		}
	}
	return false
}

// pruneOver drops the calls that nothing reads; a node without any is gone.
func pruneOver(n *logical.Over, need []bool) (logical.Node, []int) {
	width := len(n.Input.Schema())
	out := &logical.Over{Partition: n.Partition, Order: n.Order, Top: n.Top, At: n.At}
	for i, c := range n.Calls {
		if need[width+i] {
			out.Calls = append(out.Calls, c)
		}
	}
	below := append([]bool(nil), need[:width]...)
	if len(out.Calls) == 0 && n.Top.Function == "" {
		in, at := pruneTo(n.Input, below)
		return in, append(at[:len(at):len(at)], gone(len(n.Calls))...)
	}
	_, _ = out.Map(func(e expr.Expr) (expr.Expr, error) { // never fails
		below = with(below, e)
		return e, nil
	})
	in, at := pruneTo(n.Input, below)
	out, _ = out.Map(func(e expr.Expr) (expr.Expr, error) { return remap(e, at), nil })
	out.Input = in
	at = at[:width:width]
	next := len(in.Schema())
	for i := range n.Calls {
		if need[width+i] {
			at = append(at, next)
			next++
		} else {
			at = append(at, -1)
		}
	}
	return out, at
}
