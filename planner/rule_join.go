package planner

import (
	"millrace/exec"
	"millrace/expr"
	"millrace/planner/logical"
	"millrace/types"
)

// sides says for the columns of a join, left before right, which side an expression reads.
type sides struct{ width int }

const (
	onNone = iota
	onLeft
	onRight
	onBoth
)

func (s sides) of(e expr.Expr) int {
	read := onNone
	for _, c := range expr.Columns(e) {
		if c < s.width {
			read |= onLeft
		} else {
			read |= onRight
		}
	}
	return read
}

// toRight is an expression over the columns of both as one over those of the right.
func (s sides) toRight(e expr.Expr) expr.Expr { return shift(e, -s.width) }

func filter(n logical.Node, conds []expr.Expr) logical.Node {
	if len(conds) == 0 {
		return n
	}
	return &logical.Filter{Input: n, Where: expr.And(conds)}
}

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
