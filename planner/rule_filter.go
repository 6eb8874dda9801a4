package planner

import (
	"millrace/expr"
	"millrace/planner/logical"
)

// pushFilter moves conditions towards the sources.
var pushFilter = Rule{
	Name: "push-filter",
	Doc:  "Move each condition as far towards the source as the columns that it reads exist.",
	Apply: func(_ *Env, n logical.Node) (logical.Node, bool, error) {
		f, ok := n.(*logical.Filter)
		if !ok || expr.Volatile(f.Where) {
			return n, false, nil
		}
		switch in := f.Input.(type) {
		case *logical.Filter:
			if expr.Volatile(in.Where) {
				return n, false, nil
			}
			return &logical.Filter{Input: in.Input, Where: expr.And(append(expr.Split(in.Where), expr.Split(f.Where)...))}, true, nil
		case *logical.Project:
			if volatile(in.Exprs) {
				return n, false, nil
			}
			below := &logical.Filter{Input: in.Input, Where: substitute(f.Where, in.Exprs)}
			return in.WithInputs([]logical.Node{below}), true, nil
		case *logical.Join:
			return intoJoin(f, in)
		case *logical.Window:
			width := len(in.Input.Schema())
			return split(f, in, func(c int) (int, bool) { return c, c < width })
		case *logical.Unnest:
			return split(f, in, func(c int) (int, bool) {
				if c < len(in.Keep) {
					return in.Keep[c], true
				}
				return c, false
			})
		case *logical.Aggregate:
			return split(f, in, func(c int) (int, bool) { return c, c < len(in.Keys) })
		case *logical.Over: // whole partitions stay or go
			return split(f, in, func(c int) (int, bool) { return c, partitionColumn(in, c) })
		case *logical.WindowAggregate:
			return split(f, in, func(c int) (int, bool) {
				c -= logical.WindowColumns
				return c, c >= 0 && c < len(in.Keys)
			})
		case *logical.Union:
			out := make([]logical.Node, len(in.All))
			for i, side := range in.All {
				out[i] = &logical.Filter{Input: side, Where: f.Where}
			}
			return in.WithInputs(out), true, nil
		case *logical.SetOp: // equal rows have one answer
			return in.WithInputs([]logical.Node{&logical.Filter{Input: in.Left, Where: f.Where}, &logical.Filter{Input: in.Right, Where: f.Where}}), true, nil
		case *logical.Sort:
			return in.WithInputs([]logical.Node{&logical.Filter{Input: in.Input, Where: f.Where}}), true, nil
		case *logical.Distinct:
			return in.WithInputs([]logical.Node{&logical.Filter{Input: in.Input, Where: f.Where}}), true, nil
		}
		return n, false, nil
	},
}

// split pushes the conjuncts below node that read only columns for which below says yes; below gives their position
// there: a column of node's input, or for an aggregate a key of it.
func split(f *logical.Filter, node logical.Node, below func(int) (int, bool)) (logical.Node, bool, error) {
	var down, stay []expr.Expr
conjuncts:
	for _, c := range expr.Split(f.Where) {
		cols := expr.Columns(c)
		for _, col := range cols {
			if _, ok := below(col); !ok {
				stay = append(stay, c)
				continue conjuncts
			}
		}
		if len(cols) == 0 { // a constant that is not true: it must not make a global aggregate see no rows
			stay = append(stay, c)
			continue
		}
		moved := expr.Remap(c, func(i int) int { j, _ := below(i); return j })
		switch a := node.(type) {
		case *logical.Aggregate:
			moved = substitute(moved, a.Keys)
		case *logical.WindowAggregate:
			moved = substitute(moved, a.Keys)
		}
		down = append(down, moved)
	}
	if len(down) == 0 {
		return f, false, nil
	}
	in := node.Inputs()[0]
	out := node.WithInputs([]logical.Node{&logical.Filter{Input: in, Where: expr.And(down)}})
	if len(stay) > 0 {
		out = &logical.Filter{Input: out, Where: expr.And(stay)}
	}
	return out, true, nil
}
