package planner

import (
	"cmp"
	"maps"
	"slices"

	"millrace/expr"
	"millrace/expr/agg"
	"millrace/expr/over"
	"millrace/planner/logical"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
)

// overCall is the call of a window function, and the slot that stands for its value until it has a column.
type overCall struct {
	slot *expr.Slot
	win  overWindow
	call logical.OverCall
}

// overWindow is a window: how rows are cut and ordered.
type overWindow struct {
	partition []expr.Expr
	order     []logical.Order
	frame     *sql.Frame // nil: the default
}

// over binds the call of a window function, which x has come upon, and gives the slot of its value.
func (s *selection) over(x *exprBinder, c *sql.Call) (expr.Expr, error) {
	in := *x
	in.over, in.set, in.noOver = nil, nil, inWindow
	win, err := s.window(&in, c.Over)
	if err != nil {
		return nil, err
	}
	call, err := s.windowCall(&in, c)
	if err != nil {
		return nil, err
	}
	call.Peers = len(win.order)
	call.Frame = over.DefaultFrame
	if win.frame != nil && call.TakesFrame() {
		if err := s.frame(&in, &call, win); err != nil {
			return nil, err
		}
	}
	win.frame = nil
	for _, have := range s.overs {
		if have.win.samePartition(win) && slices.EqualFunc(have.win.order, win.order, sameOrder) && have.call.Equal(call) {
			return have.slot, nil
		}
	}
	slot := expr.NewSlot(call.String(), call.Result, c.Pos())
	s.overs = append(s.overs, overCall{slot, win, call})
	return slot, nil
}

// inWindow is exprBinder.noOver within the call of a window function.
const inWindow = "a window function"

// noWindowFunction is the error about a window function where none may be.
func (x *exprBinder) noWindowFunction(c *sql.Call) error {
	where := x.noOver
	if where == "" {
		where = x.noAgg
	}
	const hint = "Compute it in a derived table, and use its column here."
	switch where {
	case inWindow:
		return sqlerr.New(sqlerr.WindowingError, c.Pos(), "window function calls cannot be nested").WithHint(hint)
	case anotherAggregate:
		return sqlerr.New(sqlerr.GroupingError, c.Pos(), "aggregate function calls cannot contain window function calls").WithHint(hint)
	case "":
		return sqlerr.New(sqlerr.WindowingError, c.Pos(), "window functions are not allowed here").WithHint(hint)
	case "WHERE", "HAVING":
		return sqlerr.New(sqlerr.WindowingError, c.Pos(), "window functions are not allowed in %s", where).
			WithHint("Use QUALIFY to filter by a window function, or compute it in a derived table.")
	}
	return sqlerr.New(sqlerr.WindowingError, c.Pos(), "window functions are not allowed in %s", where).WithHint(hint)
}

// windowCall resolves the function and its arguments.
func (s *selection) windowCall(x *exprBinder, c *sql.Call) (call logical.OverCall, err error) {
	isWindow := over.IsWindow(c.Name)
	isAggregate := !isWindow && agg.IsAggregate(c.Name)
	switch {
	case !isWindow && !isAggregate && known(c.Name):
		return call, sqlerr.New("42809", c.Pos(), "OVER specified, but %s is not a window function nor an aggregate function", c.Name).
			WithHint("Leave OVER out.")
	case c.Distinct:
		return call, sqlerr.Unsupported(c.Pos(), "DISTINCT in a window function", "Take the different rows in a derived table first.")
	case len(c.OrderBy) > 0:
		return call, sqlerr.Unsupported(c.Pos(), "ORDER BY in the arguments of a window function", "Put the order into OVER (ORDER BY …).")
	case len(c.WithinGroup) > 0:
		return call, sqlerr.Unsupported(c.Pos(), "OVER behind WITHIN GROUP", "Compute the aggregate with GROUP BY, and join it to the rows.")
	case c.Filter != nil && !isAggregate:
		return call, sqlerr.Unsupported(c.Filter.Pos(), "FILTER for a window function that is no aggregate", "Filter in a derived table, or use CASE in the argument.")
	case c.Star && !isAggregate:
		return call, sqlerr.New(sqlerr.UndefinedFunction, c.Pos(), "%s(*) does not exist", c.Name).WithHint("Leave the * out: %s().", c.Name)
	}
	if isAggregate {
		bound, err := bindAggregate(c, x)
		if err != nil {
			return call, err
		}
		call.Call, call.Args = over.Aggregate(bound.Call, c.Pos()), bound.Args
	} else {
		args, err := x.bindAll(c.Args)
		if err != nil {
			return call, err
		}
		ts := make([]types.Type, len(args))
		for i, a := range args {
			ts[i] = a.Type()
		}
		if call.Call, err = over.Resolve(c.Name, ts, c.IgnoreNulls, c.Pos()); err != nil {
			return call, err
		}
		for i, want := range call.Call.Args {
			cast, ok := expr.Coerce(args[i], want)
			if !ok {
				return call, sqlerr.New(sqlerr.CannotCoerce, args[i].Pos(), "cannot convert %s to %s", ts[i], want)
			}
			call.Args = append(call.Args, cast)
		}
	}
	if c.Filter != nil {
		call.Filter, err = x.condition(c.Filter, "FILTER")
	}
	return call, err
}

// window binds what OVER says, with the named window that it builds on.
func (s *selection) window(x *exprBinder, spec *sql.WindowSpec) (overWindow, error) {
	full, err := s.namedWindow(spec, len(s.stmt.Windows))
	if err != nil {
		return overWindow{}, err
	}
	win := overWindow{frame: full.Frame}
	for _, e := range full.PartitionBy {
		p, err := windowKey(x, e, "PARTITION BY")
		if err != nil {
			return win, err
		}
		if expr.Constant(p) || slices.ContainsFunc(win.partition, func(q expr.Expr) bool { return expr.Equal(p, q) }) {
			continue
		}
		win.partition = append(win.partition, p)
	}
	for _, o := range full.OrderBy {
		e, err := windowKey(x, o.Expr, "ORDER BY")
		if err != nil {
			return win, err
		}
		win.order = append(win.order, logical.Order{Expr: e, Desc: o.Desc, NullsFirst: nullsFirst(o)})
	}
	return win, nil
}

func windowKey(x *exprBinder, e sql.Expr, clause string) (expr.Expr, error) {
	k, err := x.bind(e)
	if err != nil {
		return nil, err
	}
	if k.Type().Kind == types.Unknown {
		k, _ = expr.Coerce(k, types.Of(types.Text))
	}
	return k, orderable(k, clause+" in a window")
}

// orderable fails where values of an expression cannot be sorted.
func orderable(e expr.Expr, clause string) error {
	switch e.Type().Kind {
	case types.JSON, types.Array, types.Map, types.Row:
		return sqlerr.Unsupported(e.Pos(), clause+" by "+e.Type().String(), "Use a part of it, or its text: CAST(… AS TEXT).")
	}
	return nil
}

// namedWindow is spec with what it takes from a named window, one of the first before of the WINDOW clause.
func (s *selection) namedWindow(spec *sql.WindowSpec, before int) (*sql.WindowSpec, error) {
	if spec.Name == "" {
		return spec, nil
	}
	i := slices.IndexFunc(s.stmt.Windows[:before], func(w sql.NamedWindow) bool { return w.Name.Text == spec.Name })
	if i < 0 {
		err := sqlerr.New("42704", spec.Pos(), "window %q does not exist", spec.Name)
		var names []string
		for _, w := range s.stmt.Windows[:before] {
			names = append(names, w.Name.Text)
		}
		if err.Hint = sqlerr.Suggest(spec.Name, names); err.Hint == "" {
			err.Hint = "Define it with WINDOW " + spec.Name + " AS (…) behind HAVING."
		}
		return nil, err
	}
	base, err := s.namedWindow(&s.stmt.Windows[i].Spec, i)
	if err != nil {
		return nil, err
	}
	conflict := func(pos sqlerr.Pos, what string) error {
		return sqlerr.New(sqlerr.WindowingError, pos, "cannot override %s clause of window %q", what, spec.Name).
			WithHint("Write the whole window out.")
	}
	out := *spec
	switch {
	case len(spec.PartitionBy) > 0:
		return nil, conflict(spec.PartitionBy[0].Pos(), "PARTITION BY")
	case len(spec.OrderBy) > 0 && len(base.OrderBy) > 0:
		return nil, conflict(spec.OrderBy[0].Expr.Pos(), "ORDER BY")
	case base.Frame != nil && (len(spec.OrderBy) > 0 || spec.Frame != nil):
		return nil, sqlerr.New(sqlerr.WindowingError, spec.Pos(), "cannot copy window %q because it has a frame clause", spec.Name).
			WithHint("Write the whole window out, or move the frame from the WINDOW clause into OVER.")
	}
	out.Name, out.PartitionBy = "", base.PartitionBy
	if len(spec.OrderBy) == 0 {
		out.OrderBy = base.OrderBy
	}
	if spec.Frame == nil {
		out.Frame = base.Frame
	}
	return &out, nil
}

// checkWindows binds the named windows, used or not.
func (s *selection) checkWindows() error {
	for i, w := range s.stmt.Windows {
		if slices.ContainsFunc(s.stmt.Windows[:i], func(v sql.NamedWindow) bool { return v.Name.Text == w.Name.Text }) {
			return sqlerr.New(sqlerr.WindowingError, w.Name.Pos(), "window %q is already defined", w.Name.Text).
				WithHint("Give it another name.")
		}
		if _, err := s.namedWindow(&w.Spec, i); err != nil {
			return err
		}
		x := s.binder()
		x.over, x.noOver = nil, "a window definition"
		if _, err := s.window(x, &w.Spec); err != nil {
			return err
		}
	}
	return nil
}

func (w overWindow) samePartition(v overWindow) bool {
	if len(w.partition) != len(v.partition) {
		return false
	}
	for _, e := range w.partition {
		if !slices.ContainsFunc(v.partition, func(f expr.Expr) bool { return expr.Equal(e, f) }) {
			return false
		}
	}
	return true
}

func sameOrder(a, b logical.Order) bool {
	return expr.Equal(a.Expr, b.Expr) && a.Desc == b.Desc && a.NullsFirst == b.NullsFirst
}

// stackOvers puts the nodes of the window functions on top of node, and gives each call's slot its column. Calls whose
// windows have the same partition share a node, and its sort, where the order of one begins with the other's.
//
// at has the columns of the slots that stand in the calls; those of the calls come to it.
func (s *selection) stackOvers(node logical.Node, at map[*expr.Slot]expr.Expr) (logical.Node, map[*expr.Slot]expr.Expr) {
	calls := slices.Clone(s.overs)
	slices.SortStableFunc(calls, func(a, b overCall) int { return cmp.Compare(len(b.win.order), len(a.win.order)) })
	var nodes []*logical.Over
	var slots [][]*expr.Slot
	for _, c := range calls {
		i := slices.IndexFunc(nodes, func(n *logical.Over) bool {
			return c.win.samePartition(overWindow{partition: n.Partition}) && slices.EqualFunc(n.Order[:min(len(c.win.order), len(n.Order))], c.win.order, sameOrder)
		})
		if i < 0 {
			i = len(nodes)
			nodes = append(nodes, &logical.Over{Partition: c.win.partition, Order: c.win.order, At: c.call.At})
			slots = append(slots, nil)
		}
		nodes[i].Calls = append(nodes[i].Calls, c.call)
		slots[i] = append(slots[i], c.slot)
	}
	by := maps.Clone(at)
	for i, n := range nodes {
		n.Input = node
		width := len(node.Schema())
		filled, _ := mapExprs(n, func(e expr.Expr) (expr.Expr, error) { return expr.Fill(e, at), nil }) // never fails
		for k, slot := range slots[i] {
			by[slot] = expr.NewColumn(width+k, slot.Name, slot.Type(), slot.Pos())
		}
		node = filled
	}
	return node, by
}

// hasOver reports whether an expression calls a window function outside of any subquery.
func hasOver(e sql.Expr) bool {
	if c, ok := e.(*sql.Call); ok && c.Over != nil {
		return true
	}
	return slices.ContainsFunc(children(e), func(c sql.Expr) bool { return c != nil && hasOver(c) })
}

// overParts are the expressions of the window of a call, and of its filter.
func overParts(c *sql.Call) []sql.Expr {
	if c.Over == nil {
		return nil
	}
	out := slices.Clone(c.Over.PartitionBy)
	for _, o := range c.Over.OrderBy {
		out = append(out, o.Expr)
	}
	if c.Filter != nil {
		out = append(out, c.Filter)
	}
	return out
}

// windowExprs are the expressions of the SELECT, beside its list and order, that a window function or an aggregate may
// stand in.
func (s *selection) windowExprs() []sql.Expr {
	out := slices.Clone(s.stmt.DistinctOn)
	if s.stmt.Qualify != nil {
		out = append(out, s.stmt.Qualify)
	}
	for _, w := range s.stmt.Windows {
		out = append(out, overParts(&sql.Call{Over: &w.Spec})...)
	}
	return out
}
