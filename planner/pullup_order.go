package planner

import (
	"slices"

	"millrace/expr"
	"millrace/planner/logical"
)

// pullLimit counts the rows of each value of the inner sides by themselves.
func (u *unnester) pullLimit(n *logical.Limit) (pulled, bool) {
	u.often = false
	input, order := limited(n)
	p, ok := u.pullUp(input)
	if !ok || !u.equalities(p.conds) || slices.ContainsFunc(order, func(o logical.Order) bool { return u.bound(o.Expr) }) {
		return p, false
	}
	width := len(n.Schema())
	return u.asWide(p, n, func(in logical.Node) logical.Node {
		out, err := firstOf(in, columnsOf(in, span(width, width+len(p.conds))), order, n)
		if err != nil {
			ok = false
			return in
		}
		return out
	})
}

// pullOver cuts the rows into partitions by the inner sides too.
func (u *unnester) pullOver(n *logical.Over) (pulled, bool) {
	u.often = false
	p, ok := u.pullUp(n.Input)
	if !ok || !u.equalities(p.conds) || u.free(n.WithInputs([]logical.Node{&logical.Values{}})) {
		return p, false
	}
	width := len(n.Input.Schema())
	p, ok = u.asWide(p, n.Input, func(in logical.Node) logical.Node {
		out := *n
		out.Input = in
		out.Partition = append(slices.Clone(n.Partition), columnsOf(in, span(width, width+len(p.conds)))...)
		return &out
	})
	// The functions' columns come behind those of the input again.
	keys, calls := len(p.conds), len(n.Calls)
	p.node = reorder(p.node, slices.Concat(span(0, width), span(width+keys, width+keys+calls), span(width, width+keys)))
	for i, c := range p.conds {
		p.conds[i] = shift(c, calls)
	}
	return p, ok
}

// limited is what a LIMIT counts the rows of, and their order.
func limited(n *logical.Limit) (logical.Node, []logical.Order) {
	if s, ok := n.Input.(*logical.Sort); ok {
		return s.Input, s.By
	}
	return n.Input, nil
}

// firstOf keeps of each partition of in the rows that a LIMIT keeps of all. What counts them is a column behind
// those of in.
func firstOf(in logical.Node, partition []expr.Expr, order []logical.Order, n *logical.Limit) (logical.Node, error) {
	w := &logical.Over{Input: in, Partition: partition, Order: order, At: n.At}
	var conds []expr.Expr
	if n.N != logical.NoLimit {
		last, err := ranked(w, "row_number", "<=", min(n.N, 1<<62)+min(n.Offset, 1<<62))
		if err != nil {
			return nil, err
		}
		conds = append(conds, last)
	}
	if n.Offset > 0 {
		first, err := ranked(w, "row_number", ">", n.Offset)
		if err != nil {
			return nil, err
		}
		conds = append(conds, first)
	}
	if len(w.Calls) == 0 {
		return in, nil
	}
	return firstColumns(filter(w, conds), len(in.Schema())), nil
}

// columnsOf is a reference to some columns of a node.
func columnsOf(n logical.Node, cols []int) []expr.Expr {
	schema := n.Schema()
	out := make([]expr.Expr, len(cols))
	for i, c := range cols {
		out[i] = expr.NewColumn(c, schema[c].Name, schema[c].Type, n.Pos())
	}
	return out
}
