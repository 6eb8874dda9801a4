package planner

import (
	"millrace/expr"
	"millrace/planner/logical"
)

// absorbProject moves a projection into the aggregate above it.
var absorbProject = Rule{
	Name: "absorb-project",
	Doc:  "Aggregate over the projection's input, so that what is under the projection, a window for one, is seen.",
	Apply: func(_ *Env, n logical.Node) (logical.Node, bool, error) {
		a, ok := n.(*logical.Aggregate)
		if !ok {
			return n, false, nil
		}
		p, ok := a.Input.(*logical.Project)
		if !ok || volatile(p.Exprs) {
			return n, false, nil
		}
		out, err := mapExprs(a, func(e expr.Expr) (expr.Expr, error) { return substitute(e, p.Exprs), nil })
		if err != nil {
			return n, false, err
		}
		return out.WithInputs([]logical.Node{p.Input}), true, nil
	},
}
