package planner

import (
	"millrace/exec"
	"millrace/expr"
	"millrace/planner/logical"
)

// outerToInner makes inner joins of outer ones whose additional rows a filter drops.
var outerToInner = Rule{
	Name: "outer-to-inner",
	Doc:  "Make an outer join an inner one where the filter above it is not true for its rows of NULLs.",
	Apply: func(_ *Env, n logical.Node) (logical.Node, bool, error) {
		f, ok := n.(*logical.Filter)
		if !ok {
			return n, false, nil
		}
		j, ok := f.Input.(*logical.Join)
		if !ok {
			return n, false, nil
		}
		width := len(j.Left.Schema())
		noLeft := expr.RejectsNull(f.Where, func(c int) bool { return c < width })
		noRight := expr.RejectsNull(f.Where, func(c int) bool { return c >= width })
		kind := j.Kind
		switch {
		case kind == exec.LeftJoin && noRight, kind == exec.RightJoin && noLeft, kind == exec.FullJoin && noLeft && noRight:
			kind = exec.InnerJoin
		case kind == exec.FullJoin && noLeft:
			kind = exec.LeftJoin
		case kind == exec.FullJoin && noRight:
			kind = exec.RightJoin
		default:
			return n, false, nil
		}
		out := *j
		out.Kind = kind
		return &logical.Filter{Input: &out, Where: f.Where}, true, nil
	},
}
