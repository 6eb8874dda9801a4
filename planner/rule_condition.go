package planner

import (
	"millrace/exec"
	"millrace/expr"
	"millrace/planner/logical"
)

// pushCondition moves what a join's condition says of one side alone below the join.
var pushCondition = Rule{
	Name: "push-condition",
	Doc:  "Filter a side of a join by the conditions that read it alone, where its other rows would have no match and not come out.",
	Apply: func(_ *Env, n logical.Node) (logical.Node, bool, error) {
		j, ok := n.(*logical.Join)
		if !ok || j.On == nil {
			return n, false, nil
		}
		s := sides{len(j.Left.Schema())}
		conds := expr.Split(j.On)
		var left, right, stay []expr.Expr
		for i, c := range conds {
			read := s.of(c)
			switch {
			case i >= len(conds)-j.NullAware || expr.Volatile(c):
				stay = append(stay, c)
			case read == onLeft && dropsLeft(j.Kind):
				left = append(left, c)
			case read == onRight && dropsRight(j.Kind):
				right = append(right, s.toRight(c))
			default:
				stay = append(stay, c)
			}
		}
		if len(left)+len(right) == 0 {
			return n, false, nil
		}
		out := *j
		out.Left, out.Right, out.On = filter(j.Left, left), filter(j.Right, right), expr.And(stay)
		return &out, true, nil
	},
}

// dropsLeft reports whether rows of the left that have no match make no difference.
func dropsLeft(k exec.JoinKind) bool {
	switch k {
	case exec.InnerJoin, exec.RightJoin, exec.SemiJoin, exec.RightSemiJoin, exec.RightAntiJoin:
		return true
	}
	return false
}

func dropsRight(k exec.JoinKind) bool {
	switch k {
	case exec.RightJoin, exec.FullJoin, exec.RightAntiJoin:
		return false
	}
	return true
}
