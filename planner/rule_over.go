package planner

import (
	"millrace/exec"
	"millrace/expr"
	"millrace/planner/logical"
)

// topOver tells window functions which rows a filter above them leaves.
var topOver = Rule{
	Name: "top-over",
	Doc:  "Where a filter keeps the first rows of each partition by a ranking function, sort no more rows than those.",
	Apply: func(_ *Env, n logical.Node) (logical.Node, bool, error) {
		f, ok := n.(*logical.Filter)
		if !ok {
			return n, false, nil
		}
		o, ok := f.Input.(*logical.Over)
		if !ok || o.Top.Function != "" {
			return n, false, nil
		}
		for _, c := range o.Calls {
			if !c.Ranks() { // another call would miss the rows that are dropped
				return n, false, nil
			}
		}
		for _, cond := range expr.Split(f.Where) {
			if top, ok := rankAtMost(o, cond); ok {
				c := *o
				c.Top = top
				return &logical.Filter{Input: &c, Where: f.Where}, true, nil
			}
		}
		return n, false, nil
	},
}

// rankAtMost reads a condition as: a ranking function of o gives n at most.
func rankAtMost(o *logical.Over, cond expr.Expr) (exec.OverTop, bool) {
	cmp, ok := cond.(*expr.Call)
	if !ok || len(cmp.Inputs()) != 2 {
		return exec.OverTop{}, false
	}
	op, left, right := cmp.Name(), cmp.Inputs()[0], cmp.Inputs()[1]
	if _, ok := left.(*expr.Literal); ok {
		left, right = right, left
		op = map[string]string{">": "<", ">=": "<=", "=": "="}[op]
	}
	col, isColumn := left.(*expr.Column)
	lit, isLiteral := right.(*expr.Literal)
	width := len(o.Input.Schema())
	if !isColumn || !isLiteral || col.Index < width {
		return exec.OverTop{}, false
	}
	n, ok := lit.Value.(int64)
	if !ok || !lit.Type().Integer() {
		return exec.OverTop{}, false
	}
	switch op {
	case "<":
		n--
	case "<=":
	case "=": // the rows before it are dropped by the filter
	default:
		return exec.OverTop{}, false
	}
	call := o.Calls[col.Index-width]
	return exec.OverTop{Function: call.Name, Peers: call.Peers, N: max(n, 0)}, true
}
