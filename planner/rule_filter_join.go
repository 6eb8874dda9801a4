package planner

import (
	"millrace/exec"
	"millrace/expr"
	"millrace/planner/logical"
)

// intoJoin moves the conjuncts of a filter over a join into the join, or below it: to the side that they read, if it is
// one whose rows come out as they are.
func intoJoin(f *logical.Filter, j *logical.Join) (logical.Node, bool, error) {
	s := sides{len(j.Left.Schema())}
	var left, right, on, stay []expr.Expr
	for _, c := range expr.Split(f.Where) {
		switch read := s.of(c); {
		case read == onNone:
			stay = append(stay, c)
		case j.Kind == exec.RightSemiJoin || j.Kind == exec.RightAntiJoin:
			right = append(right, shift(c, s.width))
		case read == onLeft && keepsLeft(j.Kind):
			left = append(left, c)
		case read == onRight && keepsRight(j.Kind):
			right = append(right, c)
		case read == onBoth && j.Kind == exec.InnerJoin:
			on = append(on, c)
			l, r := impliedBySide(c, s)
			left, right = append(left, l...), append(right, r...)
		default:
			stay = append(stay, c)
		}
	}
	if len(left)+len(right)+len(on) == 0 {
		return f, false, nil
	}
	out := *j
	for i, c := range right {
		right[i] = s.toRight(c)
	}
	out.Left, out.Right = filter(j.Left, left), filter(j.Right, right)
	if len(on) > 0 {
		if j.On != nil {
			on = append(expr.Split(j.On), on...)
		}
		out.On = expr.And(on)
	}
	return filter(&out, stay), true, nil
}

// keepsLeft reports whether a join gives the rows of its left as they are, each or not.
func keepsLeft(k exec.JoinKind) bool {
	switch k {
	case exec.InnerJoin, exec.LeftJoin, exec.SemiJoin, exec.AntiJoin, exec.MarkJoin, exec.SingleJoin:
		return true
	}
	return false
}

func keepsRight(k exec.JoinKind) bool {
	switch k {
	case exec.InnerJoin, exec.RightJoin, exec.RightSemiJoin, exec.RightAntiJoin:
		return true
	}
	return false
}

// impliedBySide is what an OR over both sides says of each alone: (a AND x) OR (b AND y) says a OR b, if a and b read
// one side.
func impliedBySide(c expr.Expr, s sides) (left, right []expr.Expr) {
	branches := expr.SplitOr(c)
	if len(branches) < 2 {
		return nil, nil
	}
	for _, side := range []int{onLeft, onRight} {
		var parts []expr.Expr
		for _, b := range branches {
			var own []expr.Expr
			for _, x := range expr.Split(b) {
				if s.of(x) == side {
					own = append(own, x)
				}
			}
			if len(own) == 0 {
				break
			}
			parts = append(parts, expr.And(own))
		}
		if len(parts) < len(branches) {
			continue
		}
		if side == onLeft {
			left = append(left, expr.Or(parts))
		} else {
			right = append(right, expr.Or(parts))
		}
	}
	return left, right
}
