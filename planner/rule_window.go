package planner

import (
	"slices"

	"millrace/expr"
	"millrace/planner/logical"
	"millrace/window"
)

// aggregateWindow makes one node of an aggregate that groups by a window's bounds.
var aggregateWindow = Rule{
	Name: "aggregate-window",
	Doc:  "Aggregate by slices and give rows when a window closes, where the keys hold the window's bounds.",
	Apply: func(e *Env, n logical.Node) (logical.Node, bool, error) {
		a, ok := n.(*logical.Aggregate)
		if !ok {
			return n, false, nil
		}
		in := a.Input
		var above []expr.Expr // conditions on the window's bounds: they hold for whole groups
		if f, ok := in.(*logical.Filter); ok {
			in, above = f.Input, expr.Split(f.Where)
		}
		w, ok := in.(*logical.Window)
		if !ok {
			return n, false, nil
		}
		if e.Changes && !e.onClose(w) {
			return n, false, nil
		}
		width := len(w.Input.Schema())
		keys, bounds := splitKeys(a, width)
		if !identifies(w.Window, bounds) || slices.ContainsFunc(above, func(e expr.Expr) bool { return !onlyBounds(e, width) }) {
			return n, false, nil
		}
		out := &logical.WindowAggregate{Input: w.Input, Window: w.Window, Time: w.Time, Calls: a.Calls, At: a.At}
		for _, c := range a.Calls {
			if usesBounds(c.Args, width) || c.Filter != nil && usesBounds([]expr.Expr{c.Filter}, width) {
				return n, false, nil
			}
		}
		for _, k := range keys {
			if usesBounds([]expr.Expr{a.Keys[k]}, width) {
				return n, false, nil
			}
			out.Keys, out.Names = append(out.Keys, a.Keys[k]), append(out.Names, a.Names[k])
		}
		var node logical.Node = out
		if len(above) > 0 {
			node = &logical.Filter{Input: out, Where: expr.Remap(expr.And(above), func(c int) int { return c - width })}
		}
		// Put the columns back where the aggregate had them.
		p := &logical.Project{Input: node, At: a.At}
		schema, have := a.Schema(), out.Schema()
		for i := range schema {
			from := logical.WindowColumns + len(keys) + i - len(a.Keys) // a call
			if i < len(a.Keys) {
				if j := slices.Index(keys, i); j >= 0 {
					from = logical.WindowColumns + j
				} else {
					from = a.Keys[i].(*expr.Column).Index - width
				}
			}
			p.Exprs = append(p.Exprs, expr.NewColumn(from, have[from].Name, have[from].Type, a.At))
			p.Names = append(p.Names, schema[i].Name)
		}
		return p, true, nil
	},
}

// splitKeys tells the keys that are bounds of the window (0 start, 1 end, 2 time) from the others.
func splitKeys(a *logical.Aggregate, width int) (keys, bounds []int) {
	for i, k := range a.Keys {
		if c, ok := k.(*expr.Column); ok && c.Index >= width {
			bounds = append(bounds, c.Index-width)
		} else {
			keys = append(keys, i)
		}
	}
	return keys, bounds
}

// identifies reports whether the bounds tell any two windows apart. A tumbling or hopping window is known by either
// bound, a cumulating one by its end and its start.
func identifies(w window.Assigner, bounds []int) bool {
	end := slices.Contains(bounds, 1) || slices.Contains(bounds, 2)
	start := slices.Contains(bounds, 0)
	if w.Kind == window.Cumulate {
		return start && end
	}
	return start || end
}

func onlyBounds(e expr.Expr, width int) bool {
	return !slices.ContainsFunc(expr.Columns(e), func(c int) bool { return c < width })
}

func usesBounds(es []expr.Expr, width int) bool {
	for _, e := range es {
		if slices.ContainsFunc(expr.Columns(e), func(c int) bool { return c >= width }) {
			return true
		}
	}
	return false
}
