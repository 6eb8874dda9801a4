package planner

import (
	"millrace/exec"
	"millrace/expr"
	"millrace/planner/logical"
	"millrace/types"
)

// markToSemi makes semi joins of EXISTS and IN, and anti joins of their opposites.
var markToSemi = Rule{
	Name: "mark-to-semi",
	Doc:  "Make a semi or anti join of a subquery whose truth is all that a filter asks.",
	Apply: func(_ *Env, n logical.Node) (logical.Node, bool, error) {
		f, ok := n.(*logical.Filter)
		if !ok {
			return n, false, nil
		}
		j, ok := f.Input.(*logical.Join)
		if !ok || j.Kind != exec.MarkJoin {
			return n, false, nil
		}
		mark := len(j.Left.Schema())
		isMark := func(e expr.Expr) bool {
			c, ok := e.(*expr.Column)
			return ok && c.Index == mark
		}
		kind := exec.MarkJoin
		var rest []expr.Expr
		for _, c := range expr.Split(f.Where) {
			call, isCall := c.(*expr.Call)
			switch {
			case isMark(c) && kind != exec.AntiJoin:
				kind = exec.SemiJoin
			case isCall && call.Name() == "not" && isMark(call.Inputs()[0]) && kind != exec.SemiJoin:
				kind = exec.AntiJoin
			default:
				rest = append(rest, c)
			}
		}
		if kind == exec.MarkJoin {
			return n, false, nil
		}
		out := *j
		out.Kind = kind
		if kind == exec.SemiJoin {
			out.NullAware = 0
		}
		p := firstColumns(&out, mark).(*logical.Project) // the mark is known now
		p.Exprs = append(p.Exprs, expr.NewLiteral(kind == exec.SemiJoin, types.Of(types.Bool), j.At))
		p.Names = append(p.Names, j.Name)
		return filter(p, rest), true, nil
	},
}
