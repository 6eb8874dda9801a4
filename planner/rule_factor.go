package planner

import (
	"millrace/expr"
	"millrace/planner/logical"
)

// commonFactor takes out of an OR what all its branches say.
var commonFactor = Rule{
	Name: "common-factor",
	Doc:  "Write (a AND b) OR (a AND c) as a AND (b OR c), so that a can be joined by or pushed down.",
	Apply: func(_ *Env, n logical.Node) (logical.Node, bool, error) {
		switch n := n.(type) {
		case *logical.Filter:
			if out, ok := factored(n.Where); ok {
				return &logical.Filter{Input: n.Input, Where: out}, true, nil
			}
		case *logical.Join:
			if n.On != nil && n.NullAware == 0 {
				if out, ok := factored(n.On); ok {
					c := *n
					c.On = out
					return &c, true, nil
				}
			}
		}
		return n, false, nil
	},
}

func factored(e expr.Expr) (expr.Expr, bool) {
	conds := expr.Split(e)
	changed := false
	var out []expr.Expr
	for _, c := range conds {
		branches := expr.SplitOr(c)
		if len(branches) < 2 || expr.Volatile(c) {
			out = append(out, c)
			continue
		}
		parts := make([][]expr.Expr, len(branches))
		for i, b := range branches {
			parts[i] = expr.Split(b)
		}
		var common []expr.Expr
		for _, x := range parts[0] {
			everywhere := true
			for _, p := range parts[1:] {
				everywhere = everywhere && indexOf(p, x) >= 0
			}
			if everywhere {
				common = append(common, x)
			}
		}
		if len(common) == 0 {
			out = append(out, c)
			continue
		}
		changed = true
		out = append(out, common...)
		var rest []expr.Expr
		for _, p := range parts {
			var own []expr.Expr
			for _, x := range p {
				if indexOf(common, x) < 0 {
					own = append(own, x)
				}
			}
			if len(own) == 0 { // this branch says nothing more, so the OR does not
				rest = nil
				break
			}
			rest = append(rest, expr.And(own))
		}
		if len(rest) > 0 {
			out = append(out, expr.Or(rest))
		}
	}
	return expr.And(out), changed
}

func indexOf(list []expr.Expr, x expr.Expr) int {
	for i, y := range list {
		if expr.Equal(x, y) {
			return i
		}
	}
	return -1
}
