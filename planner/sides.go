package planner

import (
	"millrace/expr"
	"millrace/planner/logical"
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
