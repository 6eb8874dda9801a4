package logical

import (
	"fmt"
	"strings"

	"millrace/exec"
	"millrace/expr"
	"millrace/sqlerr"
	"millrace/types"
)

// Join puts rows of Left and Right together for which On is true. Its columns are those of Left, then those of Right; of
// Semi and Anti those of Left; of RightSemi and RightAnti those of Right; of Mark those of Left and the mark.
type Join struct {
	Kind        exec.JoinKind
	Left, Right Node
	On          expr.Expr // over the columns of Left, then of Right; nil: every pair
	// NullAware: of On's conjuncts, the last NullAware say NULL, not false, where they compare with NULL: as x IN (query)
	// does. For Mark and Anti.
	NullAware int
	// Name of the mark.
	Name string
	At   sqlerr.Pos
}

func (j *Join) Schema() types.Schema {
	left, right := j.Left.Schema(), j.Right.Schema()
	switch j.Kind {
	case exec.SemiJoin, exec.AntiJoin:
		return left
	case exec.RightSemiJoin, exec.RightAntiJoin:
		return right
	case exec.MarkJoin:
		return append(left[:len(left):len(left)], types.Column{Name: j.Name, Type: types.Of(types.Bool)})
	}
	return append(left[:len(left):len(left)], right...)
}
func (j *Join) Inputs() []Node { return []Node{j.Left, j.Right} }
func (j *Join) WithInputs(in []Node) Node {
	c := *j
	c.Left, c.Right = in[0], in[1]
	return &c
}
func (j *Join) Pos() sqlerr.Pos { return j.At }
func (j *Join) String() string {
	s := "Join " + strings.ToLower(j.Kind.String())
	if j.On != nil {
		s += " on " + j.On.String()
	}
	if j.NullAware > 0 {
		s += fmt.Sprintf(" (NULL counts in the last %d)", j.NullAware)
	}
	return s
}
