package exec

import (
	"fmt"
	"strings"

	"millrace/expr"
	"millrace/flow"
	"millrace/sqlerr"
	"millrace/types"
)

// JoinKind says which rows a join gives.
type JoinKind uint8

const (
	InnerJoin     JoinKind = iota // each pair that matches
	LeftJoin                      // and each row of the left that has no match, with NULLs
	RightJoin                     // and each row of the right that has no match, with NULLs
	FullJoin                      // and both
	SemiJoin                      // each row of the left that has a match, once
	AntiJoin                      // each row of the left that has none
	RightSemiJoin                 // each row of the right that has a match, once
	RightAntiJoin                 // each row of the right that has none
	MarkJoin                      // each row of the left, and whether it has a match: true, false, or NULL where that is unknown
	SingleJoin                    // as LeftJoin, but a row of the left with two matches is an error: a scalar subquery
)

func (k JoinKind) String() string {
	return [...]string{"Inner", "Left", "Right", "Full", "Semi", "Anti", "RightSemi", "RightAnti", "Mark", "Single"}[k]
}

// pairs reports whether pairs come out, and not rows of one side alone.
func (k JoinKind) pairs() bool {
	return k <= FullJoin || k == SingleJoin
}

// keepsLeft reports whether rows of the left come out that have no match.
func (k JoinKind) keepsLeft() bool {
	return k == LeftJoin || k == FullJoin || k == SingleJoin
}

// marksLeft reports whether what comes out is rows of the left, as they have a match or not.
func (k JoinKind) marksLeft() bool { return k == SemiJoin || k == AntiJoin || k == MarkJoin }

// marksRight reports whether it must be known of rows of the right if they have a match.
func (k JoinKind) marksRight() bool {
	return k == RightJoin || k == FullJoin || k == RightSemiJoin || k == RightAntiJoin
}

// shape is what every join has.
type shape struct {
	name        string // of the operator
	kind        JoinKind
	left, right types.Schema
	cond        expr.Expr // over left, then right; nil: none
	emit        []int
	out         types.Schema
}

// columns is what emit counts through.
func (s *shape) columns() types.Schema {
	switch {
	case s.kind == RightSemiJoin || s.kind == RightAntiJoin:
		return s.right
	case s.kind == MarkJoin:
		return append(s.left[:len(s.left):len(s.left)], types.Column{Name: "mark", Type: types.Of(types.Bool)})
	case s.kind.marksLeft():
		return s.left
	}
	return append(s.left[:len(s.left):len(s.left)], s.right...)
}

// check fails where the parts do not fit together: a bug of the planner.
func (s *shape) check(broadcast bool) error {
	all := s.columns()
	fits := len(s.emit) == len(s.out)
	for i := 0; fits && i < len(s.emit); i++ {
		fits = s.emit[i] >= 0 && s.emit[i] < len(all) && all[s.emit[i]].Type.Equal(s.out[i].Type)
	}
	if !fits {
		return sqlerr.New(sqlerr.Internal, 0, "%s: columns %v of %v are not %v", s.name, s.emit, all.Names(), s.out.Names())
	}
	if broadcast && s.kind.marksRight() {
		return sqlerr.New(sqlerr.Internal, 0, "%s: each instance has all rows of the right, and would give them", s.name)
	}
	return nil
}

// rightColumns lists the columns of the right that come out or are read by the condition.
func (s *shape) rightColumns() []int {
	need := make([]bool, len(s.right))
	for _, c := range s.emit {
		switch {
		case s.kind == RightSemiJoin || s.kind == RightAntiJoin:
			need[c] = true
		case s.kind.pairs() && c >= len(s.left):
			need[c-len(s.left)] = true
		}
	}
	if s.cond != nil {
		for _, c := range expr.Columns(s.cond) {
			if c >= len(s.left) {
				need[c-len(s.left)] = true
			}
		}
	}
	var cols []int
	for c, n := range need {
		if n {
			cols = append(cols, c)
		}
	}
	return cols
}

func describeEmit(out types.Schema) flow.Attr {
	return flow.Attr{Key: "columns", Value: "[" + strings.Join(out.Names(), ", ") + "]"}
}

// noJoinState is the answer to a checkpoint: batch runs take none.
func noJoinState(name string) error {
	return sqlerr.New(sqlerr.Internal, 0, "%s over inputs that end has no checkpoints", name)
}

// noMoreThanOne is the error of a scalar subquery that gives two rows.
func noMoreThanOne() error {
	return sqlerr.New(sqlerr.CardinalityViolation, 0, "more than one row returned by a subquery used as an expression").
		WithHint("Add LIMIT 1, or an aggregate such as max().")
}

// early is the mistake of a task that gives a join the left before the right has ended.
func early(name string) error {
	return fmt.Errorf("%s: a row of the left came before the right had ended", name)
}
