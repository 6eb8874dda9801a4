package planner

import (
	"fmt"
	"slices"

	"millrace/exec"
	"millrace/expr"
	"millrace/planner/logical"
)

// prune drops, from the top of the tree down to the scans, every column that nothing above reads. It comes last: the
// other rules work on trees with all their columns.
func prune(n logical.Node) logical.Node {
	all := make([]bool, len(n.Schema()))
	for i := range all {
		all[i] = true
	}
	out, _ := pruneTo(n, all)
	return out
}

// pruneTo gives a node that has at least the needed columns, and where each old column is in it (-1: gone).
func pruneTo(n logical.Node, need []bool) (logical.Node, []int) {
	switch n := n.(type) {
	case *logical.Scan:
		out := &logical.Scan{Table: n.Table, At: n.At}
		at := gone(len(n.Columns))
		for _, f := range n.Filter {
			need = with(need, f)
		}
		for i, c := range n.Columns {
			if need[i] {
				at[i] = len(out.Columns)
				out.Columns = append(out.Columns, c)
			}
		}
		out.Filter = remapAll(n.Filter, at)
		return out, at
	case *logical.Values:
		return n, identity(len(n.Out))
	case *logical.Filter:
		in, at := pruneTo(n.Input, with(need, n.Where))
		return &logical.Filter{Input: in, Where: remap(n.Where, at)}, at
	case *logical.Project:
		out := &logical.Project{At: n.At}
		at := gone(len(n.Exprs))
		below := make([]bool, len(n.Input.Schema()))
		for i, e := range n.Exprs {
			if need[i] {
				at[i] = len(out.Exprs)
				out.Exprs, out.Names = append(out.Exprs, e), append(out.Names, n.Names[i])
				below = with(below, e)
			}
		}
		in, inAt := pruneTo(n.Input, below)
		out.Input = in
		for i := range out.Exprs {
			out.Exprs[i] = remap(out.Exprs[i], inAt)
		}
		return out, at
	case *logical.Window:
		width := len(n.Input.Schema())
		below := append([]bool(nil), need[:width]...)
		below[n.Time] = true
		in, at := pruneTo(n.Input, below)
		newWidth := len(in.Schema())
		for i := range logical.WindowColumns {
			at = append(at, newWidth+i)
		}
		return &logical.Window{Input: in, Window: n.Window, Time: at[n.Time], At: n.At}, at
	case *logical.Aggregate:
		calls, at := pruneCalls(n.Calls, need, len(n.Keys))
		in, inAt := pruneTo(n.Input, callInputs(len(n.Input.Schema()), n.Keys, calls))
		out := &logical.Aggregate{Input: in, Names: n.Names, At: n.At}
		out.Keys, out.Calls = remapAll(n.Keys, inAt), remapCalls(calls, inAt)
		return out, at
	case *logical.WindowAggregate:
		calls, at := pruneCalls(n.Calls, need, logical.WindowColumns+len(n.Keys))
		below := callInputs(len(n.Input.Schema()), n.Keys, calls)
		below[n.Time] = true
		in, inAt := pruneTo(n.Input, below)
		out := &logical.WindowAggregate{Input: in, Window: n.Window, Time: inAt[n.Time], Names: n.Names, At: n.At}
		out.Keys, out.Calls = remapAll(n.Keys, inAt), remapCalls(calls, inAt)
		return out, at
	case *logical.Over:
		return pruneOver(n, need)
	case *logical.Expand:
		return pruneExpand(n, need)
	case *logical.EmptyGroups: // each call has its column
		return n.WithInputs([]logical.Node{prune(n.Input)}), identity(len(need))
	case *logical.Unnest:
		return pruneUnnest(n, need)
	case *logical.Sort:
		below := append([]bool(nil), need...)
		for _, o := range n.By {
			below = with(below, o.Expr)
		}
		in, at := pruneTo(n.Input, below)
		out := &logical.Sort{Input: in, At: n.At}
		for _, o := range n.By {
			o.Expr = remap(o.Expr, at)
			out.By = append(out.By, o)
		}
		return out, at
	case *logical.Join:
		return pruneJoin(n, need)
	case *logical.Limit:
		in, at := pruneTo(n.Input, need)
		return n.WithInputs([]logical.Node{in}), at
	case *logical.WorkTable:
		return n, identity(len(need))
	case *logical.Recursive: // every column may be read by the next step
		return n.WithInputs([]logical.Node{prune(n.Seed), prune(n.Step)}), identity(len(need))
	case *logical.SetOp: // every column counts
		return n.WithInputs([]logical.Node{prune(n.Left), prune(n.Right)}), identity(len(need))
	case *logical.Distinct: // every column counts
		return n.WithInputs([]logical.Node{prune(n.Input)}), identity(len(need))
	case *logical.Union: // the sides must keep the same columns: each is cut by a projection of its own
		sides := make([]logical.Node, len(n.All))
		at := gone(len(need))
		k := 0
		for i, ok := range need {
			if ok {
				at[i] = k
				k++
			}
		}
		for s, side := range n.All {
			schema := side.Schema()
			cut := &logical.Project{Input: side, At: side.Pos()}
			for i, ok := range need {
				if ok {
					cut.Exprs = append(cut.Exprs, expr.NewColumn(i, schema[i].Name, schema[i].Type, side.Pos()))
					cut.Names = append(cut.Names, schema[i].Name)
				}
			}
			if k == len(need) {
				sides[s] = prune(side)
			} else {
				sides[s] = prune(cut)
			}
		}
		return n.WithInputs(sides), at
	}
	panic(fmt.Sprintf("planner: cannot prune a %T", n))
}

// pruneJoin keeps of each side what is needed and what the condition reads.
func pruneJoin(n *logical.Join, need []bool) (logical.Node, []int) {
	lw, rw := len(n.Left.Schema()), len(n.Right.Schema())
	if (n.Kind == exec.MarkJoin || n.Kind == exec.SingleJoin) && !slices.Contains(need[lw:], true) { // it adds what nobody reads
		left, at := pruneTo(n.Left, need[:lw])
		return left, append(slices.Clone(at), gone(len(need)-lw)...)
	}
	all := make([]bool, lw+rw)
	switch n.Kind {
	case exec.RightSemiJoin, exec.RightAntiJoin:
		copy(all[lw:], need)
	case exec.SemiJoin, exec.AntiJoin, exec.MarkJoin:
		copy(all, need[:lw])
	default:
		copy(all, need)
	}
	if n.On != nil {
		all = with(all, n.On)
	}
	left, leftAt := pruneTo(n.Left, all[:lw])
	right, rightAt := pruneTo(n.Right, all[lw:])
	at := leftAt
	for _, c := range rightAt {
		if c >= 0 {
			c += len(left.Schema())
		}
		at = append(at, c)
	}
	out := *n
	out.Left, out.Right = left, right
	if n.On != nil {
		out.On = remap(n.On, at)
	}
	switch n.Kind {
	case exec.RightSemiJoin, exec.RightAntiJoin:
		return &out, rightAt
	case exec.SemiJoin, exec.AntiJoin:
		return &out, leftAt[:lw]
	case exec.MarkJoin:
		return &out, append(leftAt[:lw:lw], len(left.Schema()))
	}
	return &out, at
}

func gone(n int) []int {
	at := make([]int, n)
	for i := range at {
		at[i] = -1
	}
	return at
}

func identity(n int) []int {
	at := make([]int, n)
	for i := range at {
		at[i] = i
	}
	return at
}

// with is need and the columns that e reads.
func with(need []bool, e expr.Expr) []bool {
	out := append([]bool(nil), need...)
	for _, c := range expr.Columns(e) {
		out[c] = true
	}
	return out
}

func remap(e expr.Expr, at []int) expr.Expr {
	return expr.Remap(e, func(c int) int { return at[c] })
}

func remapAll(es []expr.Expr, at []int) []expr.Expr {
	out := make([]expr.Expr, len(es))
	for i, e := range es {
		out[i] = remap(e, at)
	}
	return out
}

func remapCalls(calls []logical.AggCall, at []int) []logical.AggCall {
	out := make([]logical.AggCall, len(calls))
	for i, c := range calls {
		c.Args = remapAll(c.Args, at)
		if c.Filter != nil {
			c.Filter = remap(c.Filter, at)
		}
		out[i] = c
	}
	return out
}

// pruneCalls keeps the calls that are needed; the columns before them all stay.
func pruneCalls(calls []logical.AggCall, need []bool, before int) ([]logical.AggCall, []int) {
	at := identity(before)
	var kept []logical.AggCall
	for i, c := range calls {
		if need[before+i] {
			at = append(at, before+len(kept))
			kept = append(kept, c)
		} else {
			at = append(at, -1)
		}
	}
	return kept, at
}

func callInputs(width int, keys []expr.Expr, calls []logical.AggCall) []bool {
	need := make([]bool, width)
	for _, k := range keys {
		need = with(need, k)
	}
	for _, c := range calls {
		for _, a := range c.Args {
			need = with(need, a)
		}
		if c.Filter != nil {
			need = with(need, c.Filter)
		}
	}
	return need
}

// pruneUnnest keeps the columns of the input that are needed. The calls all stay: each may give the most rows.
func pruneUnnest(n *logical.Unnest, need []bool) (logical.Node, []int) {
	out := &logical.Unnest{Names: n.Names, Outer: n.Outer, Ordinality: n.Ordinality, At: n.At}
	below := make([]bool, len(n.Input.Schema()))
	at := gone(len(need))
	kept := 0
	for i, k := range n.Keep {
		if need[i] {
			at[i] = kept
			kept++
			below[k] = true
		}
	}
	for i := range len(need) - len(n.Keep) {
		at[len(n.Keep)+i] = kept + i
	}
	for _, c := range n.Calls {
		below = with(below, c)
	}
	in, inAt := pruneTo(n.Input, below)
	out.Input = in
	for i, k := range n.Keep {
		if need[i] {
			out.Keep = append(out.Keep, inAt[k])
		}
	}
	for _, c := range n.Calls {
		out.Calls = append(out.Calls, remap(c, inAt).(*expr.SetCall))
	}
	return out, at
}

// pruneExpand drops columns of the input; the keys stay.
func pruneExpand(n *logical.Expand, need []bool) (logical.Node, []int) {
	width := len(n.Input.Schema())
	below := append([]bool(nil), need[:width]...)
	for _, k := range n.Keys {
		below = with(below, k)
	}
	in, inAt := pruneTo(n.Input, below)
	out := n.WithInputs([]logical.Node{in}).(*logical.Expand)
	out.Keys = remapAll(n.Keys, inAt)
	at := inAt
	for i := range len(n.Keys) + 1 {
		at = append(at, len(in.Schema())+i)
	}
	return out, at
}
