package planner

import (
	"maps"
	"slices"

	"millrace/exec"
	"millrace/expr"
	"millrace/planner/logical"
	"millrace/sqlerr"
)

// domain is the distinct combinations of the outer values that a subquery reads: a column a value. The subquery is
// computed once for each.
type domain struct {
	u     *unnester
	node  logical.Node
	width int
	slots []*expr.Slot
	work  map[*logical.WorkTable]bool // of a recursion whose rows have the domain's columns
}

// dependentJoin computes the subquery for its domain and joins its rows to the outer rows of their combination.
func (u *unnester) dependentJoin() (logical.Node, bool, error) {
	a := u.apply
	if volatileTree(a.Left) {
		return nil, false, sqlerr.Unsupported(a.At, "such a subquery that reads the rows of a query with random() or the like",
			"Put that query's rows into a table first.")
	}
	p := &logical.Project{Input: a.Left, At: a.At}
	d := &domain{u: u, width: len(u.refs)}
	for _, r := range u.refs {
		p.Exprs, p.Names = append(p.Exprs, r.Value), append(p.Names, r.Slot.Name)
		d.slots = append(d.slots, r.Slot)
	}
	d.node = &logical.Distinct{Input: p, At: a.At}
	right, err := d.of(a.Right)
	if err != nil {
		return nil, false, err
	}
	// The values stand behind the columns of Right, where join drops them.
	out := &logical.Project{Input: right, At: a.At}
	schema := right.Schema()
	for i := range schema {
		col := (i + d.width) % len(schema)
		out.Exprs, out.Names = append(out.Exprs, expr.NewColumn(col, schema[col].Name, schema[col].Type, a.At)), append(out.Names, schema[col].Name)
	}
	var on []expr.Expr
	for i, s := range d.slots {
		c, err := expr.NewCall("is not distinct from", []expr.Expr{s, expr.NewColumn(len(a.Right.Schema())+i, s.Name, s.Type(), a.At)}, a.At)
		if err != nil {
			return nil, false, err
		}
		on = append(on, c)
	}
	return u.join(out, on), true, nil
}

// of is the rows of a tree for each combination of the domain: its columns, then those of the tree.
func (d *domain) of(n logical.Node) (logical.Node, error) {
	if !d.free(n) {
		return &logical.Join{Kind: exec.InnerJoin, Left: d.node, Right: n, At: n.Pos()}, nil
	}
	switch n := n.(type) {
	case *logical.Values:
		return d.values(n), nil
	case *logical.Join:
		return d.join(n)
	case *logical.Recursive:
		return d.recursive(n)
	case *logical.WorkTable:
		c := *n
		c.Out = append(d.node.Schema()[:d.width:d.width], n.Out...)
		return &c, nil
	case *logical.Union:
		c := &logical.Union{At: n.At}
		for _, side := range n.All {
			out, err := d.of(side)
			if err != nil {
				return nil, err
			}
			c.All = append(c.All, out)
		}
		return c, nil
	case *logical.SetOp:
		c := *n
		var err error
		if c.Left, err = d.of(n.Left); err != nil {
			return nil, err
		}
		c.Right, err = d.of(n.Right)
		return &c, err
	}
	if len(n.Inputs()) != 1 {
		return nil, d.refuse(n)
	}
	input := n.Inputs()[0]
	var order []logical.Order
	if l, ok := n.(*logical.Limit); ok {
		input, order = limited(l)
	}
	in, err := d.of(input)
	if err != nil {
		return nil, err
	}
	switch n := n.(type) {
	case *logical.Filter:
		return &logical.Filter{Input: in, Where: d.inside(n.Where)}, nil
	case *logical.Project:
		out := firstColumns(in, d.width).(*logical.Project)
		for i, x := range n.Exprs {
			out.Exprs, out.Names = append(out.Exprs, d.inside(x)), append(out.Names, n.Names[i])
		}
		return out, nil
	case *logical.Distinct:
		return &logical.Distinct{Input: in, At: n.At}, nil
	case *logical.Sort:
		return in, nil // without LIMIT it makes no difference
	case *logical.Aggregate:
		return d.aggregate(n, in)
	case *logical.Limit:
		by := slices.Clone(order)
		for i := range by {
			by[i].Expr = d.inside(by[i].Expr)
		}
		return firstOf(in, d.columns(), by, n)
	case *logical.Over:
		moved, err := mapExprs(n, func(e expr.Expr) (expr.Expr, error) { return d.inside(e), nil })
		if err != nil {
			return nil, err
		}
		out := *moved.(*logical.Over)
		out.Input, out.Partition = in, append(d.columns(), out.Partition...)
		return &out, nil
	case *logical.Unnest:
		moved, err := mapExprs(n, func(e expr.Expr) (expr.Expr, error) { return d.inside(e), nil })
		if err != nil {
			return nil, err
		}
		out := *moved.(*logical.Unnest)
		out.Input, out.Keep = in, span(0, d.width)
		for _, c := range n.Keep {
			out.Keep = append(out.Keep, c+d.width)
		}
		return &out, nil
	}
	return nil, d.refuse(n)
}

func (d *domain) refuse(n logical.Node) error {
	return sqlerr.Unsupported(n.Pos(), "a reference to the outer row from under this part of a subquery", "Write it as a join.")
}

// free reports whether a tree has other rows for other combinations.
func (d *domain) free(n logical.Node) bool {
	if w, ok := n.(*logical.WorkTable); ok {
		return d.work[w]
	}
	return d.u.free(n) || len(d.work) > 0 && slices.ContainsFunc(n.Inputs(), d.free)
}

// recursive does all recursions at once, a row's combination going with it from step to step.
func (d *domain) recursive(n *logical.Recursive) (logical.Node, error) {
	inner := *d
	inner.work = maps.Clone(d.work)
	if inner.work == nil {
		inner.work = map[*logical.WorkTable]bool{}
	}
	stepBefore(n.Step, n.Name, inner.work)
	c := *n
	c.MaxRows = 0 // it was for one combination
	var err error
	if c.Seed, err = d.of(n.Seed); err != nil {
		return nil, err
	}
	c.Step, err = inner.of(n.Step)
	return &c, err
}

// stepBefore adds what reads the rows of the step before to work.
func stepBefore(n logical.Node, name string, work map[*logical.WorkTable]bool) {
	switch n := n.(type) {
	case *logical.WorkTable:
		work[n] = work[n] || n.Name == name && n.Port == 0
	case *logical.Recursive:
		stepBefore(n.Seed, name, work)
		if n.Name != name {
			stepBefore(n.Step, name, work)
		}
	default:
		for _, in := range n.Inputs() {
			stepBefore(in, name, work)
		}
	}
}

// inside is an expression of the tree over the domain's columns and the tree's.
func (d *domain) inside(e expr.Expr) expr.Expr { return d.fill(shift(e, d.width)) }

func (d *domain) fill(e expr.Expr) expr.Expr {
	by := map[*expr.Slot]expr.Expr{}
	for i, s := range d.slots {
		by[s] = d.column(i, 0)
	}
	return expr.Fill(e, by)
}

// column is value i of the domain, whose columns begin at base.
func (d *domain) column(i, base int) expr.Expr {
	s := d.slots[i]
	return expr.NewColumn(base+i, s.Name, s.Type(), s.Pos())
}

func (d *domain) columns() []expr.Expr {
	out := make([]expr.Expr, d.width)
	for i := range out {
		out[i] = d.column(i, 0)
	}
	return out
}

func (d *domain) values(n *logical.Values) logical.Node {
	rows := make([]logical.Node, len(n.Rows))
	for r, row := range n.Rows {
		out := firstColumns(d.node, d.width).(*logical.Project)
		for i, x := range row {
			out.Exprs, out.Names = append(out.Exprs, d.fill(x)), append(out.Names, n.Out[i].Name)
		}
		rows[r] = out
	}
	if len(rows) == 1 {
		return rows[0]
	}
	return &logical.Union{All: rows, At: n.At}
}

// same is the condition that the combinations at two places are the same.
func (d *domain) same(left, right int) ([]expr.Expr, error) {
	out := make([]expr.Expr, d.width)
	for i := range d.slots {
		var err error
		if out[i], err = expr.NewCall("is not distinct from", []expr.Expr{d.column(i, left), d.column(i, right)}, d.slots[i].Pos()); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// join gives the side whose rows a join keeps the combinations. The other has them too where it, or the condition, reads them.
func (d *domain) join(n *logical.Join) (logical.Node, error) {
	left, right := len(n.Left.Schema()), len(n.Right.Schema())
	var conds []expr.Expr
	if n.On != nil {
		conds = expr.Split(n.On)
	}
	both := func(c int) int { return c + d.width } // where the right has no combinations
	switch n.Kind {
	case exec.RightSemiJoin, exec.RightAntiJoin:
		return nil, d.refuse(n)
	case exec.RightJoin, exec.FullJoin:
		return d.fullJoin(n, left, right, conds)
	case exec.InnerJoin:
		if !d.free(n.Left) && d.free(n.Right) { // the right alone has them, and they go to the front
			r, err := d.of(n.Right)
			if err != nil {
				return nil, err
			}
			for i, c := range conds {
				c = expr.Remap(c, func(c int) int {
					if c >= left {
						return c + d.width
					}
					return c
				})
				by := map[*expr.Slot]expr.Expr{}
				for k, s := range d.slots {
					by[s] = d.column(k, left)
				}
				conds[i] = expr.Fill(c, by)
			}
			j := &logical.Join{Kind: n.Kind, Left: n.Left, Right: r, On: expr.And(conds), At: n.At}
			return reorder(j, slices.Concat(span(left, left+d.width), span(0, left), span(left+d.width, left+d.width+right))), nil
		}
	}
	l, err := d.of(n.Left)
	if err != nil {
		return nil, err
	}
	j := *n
	j.Left = l
	if !d.free(n.Right) {
		for i, c := range conds {
			conds[i] = d.fill(expr.Remap(c, both))
		}
		j.On = expr.And(conds)
		return &j, nil
	}
	if j.Right, err = d.of(n.Right); err != nil {
		return nil, err
	}
	same, err := d.same(0, d.width+left)
	if err != nil {
		return nil, err
	}
	for i, c := range conds {
		conds[i] = d.fill(expr.Remap(c, func(c int) int {
			if c >= left {
				return c + 2*d.width
			}
			return c + d.width
		}))
	}
	j.On = expr.And(append(same, conds...))
	if n.Kind != exec.InnerJoin && n.Kind != exec.LeftJoin && n.Kind != exec.SingleJoin {
		return &j, nil
	}
	w := d.width
	return reorder(&j, slices.Concat(span(0, w+left), span(2*w+left, 2*w+left+right))), nil
}

// fullJoin joins the rows of each combination; where a side has none, the combination is the other's.
func (d *domain) fullJoin(n *logical.Join, left, right int, conds []expr.Expr) (logical.Node, error) {
	l, err := d.of(n.Left)
	if err != nil {
		return nil, err
	}
	r, err := d.of(n.Right)
	if err != nil {
		return nil, err
	}
	w := d.width
	same, err := d.same(0, w+left)
	if err != nil {
		return nil, err
	}
	for i, c := range conds {
		conds[i] = d.fill(expr.Remap(c, func(c int) int {
			if c >= left {
				return c + 2*w
			}
			return c + w
		}))
	}
	j := *n
	j.Left, j.Right, j.On = l, r, expr.And(append(same, conds...))
	out := reorder(&j, slices.Concat(span(0, w+left), span(2*w+left, 2*w+left+right))).(*logical.Project)
	for i := range w {
		if out.Exprs[i], err = expr.NewCall("coalesce", []expr.Expr{d.column(i, 0), d.column(i, w+left)}, n.At); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// aggregate groups by the combination too. Without keys each combination has a row, also where no row is aggregated.
func (d *domain) aggregate(n *logical.Aggregate, in logical.Node) (logical.Node, error) {
	g := &logical.Aggregate{Input: in, At: n.At}
	for i := range d.slots {
		g.Keys, g.Names = append(g.Keys, d.column(i, 0)), append(g.Names, d.slots[i].Name)
	}
	for i, k := range n.Keys {
		g.Keys, g.Names = append(g.Keys, d.inside(k)), append(g.Names, n.Names[i])
	}
	moved, err := mapExprs(&logical.Aggregate{Calls: n.Calls}, func(e expr.Expr) (expr.Expr, error) { return d.inside(e), nil })
	if err != nil {
		return nil, err
	}
	g.Calls = moved.(*logical.Aggregate).Calls
	if len(n.Keys) > 0 {
		return g, nil
	}
	same, err := d.same(0, d.width)
	if err != nil {
		return nil, err
	}
	j := &logical.Join{Kind: exec.LeftJoin, Left: d.node, Right: g, On: expr.And(same), At: n.At}
	out := firstColumns(j, d.width).(*logical.Project)
	values, err := emptyResults(g.Calls, 2*d.width)
	if err != nil {
		return nil, err
	}
	for i, v := range values {
		out.Exprs, out.Names = append(out.Exprs, v), append(out.Names, g.Calls[i].String())
	}
	return out, nil
}

// reorder is a projection of node to some of its columns.
func reorder(node logical.Node, cols []int) logical.Node {
	schema := node.Schema()
	p := &logical.Project{Input: node, At: node.Pos()}
	for _, c := range cols {
		p.Exprs, p.Names = append(p.Exprs, expr.NewColumn(c, schema[c].Name, schema[c].Type, node.Pos())), append(p.Names, schema[c].Name)
	}
	return p
}

// span is from, from+1, … up to to.
func span(from, to int) []int {
	out := make([]int, 0, to-from)
	for i := from; i < to; i++ {
		out = append(out, i)
	}
	return out
}

// volatileTree reports whether a tree gives other rows each time it runs.
func volatileTree(n logical.Node) bool {
	found := false
	if v, ok := n.(*logical.Values); ok {
		found = slices.ContainsFunc(v.Rows, volatile)
	}
	_, _ = mapExprs(n, func(e expr.Expr) (expr.Expr, error) {
		found = found || expr.Volatile(e)
		return e, nil
	})
	return found || slices.ContainsFunc(n.Inputs(), volatileTree)
}
