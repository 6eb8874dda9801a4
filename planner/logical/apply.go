package logical

import (
	"strings"

	"millrace/exec"
	"millrace/expr"
	"millrace/sqlerr"
	"millrace/types"
)

// Apply is a Join whose Right is another for each row of Left: its expressions hold the slots of Refs, each of which
// stands for a value of the row of Left. Nothing runs it: the planner makes joins of it.
type Apply struct {
	Kind        exec.JoinKind // Inner, Left, Mark or Single
	Left, Right Node
	Refs        []Ref
	On          expr.Expr // over the columns of Left, then of Right; nil: every pair
	NullAware   int       // as that of Join
	Name        string    // of the mark
	At          sqlerr.Pos
}

// Ref is what a subquery reads of the row around it.
type Ref struct {
	Slot  *expr.Slot
	Value expr.Expr // over the columns of Left
}

// Join is the same over a Right that reads nothing of Left.
func (a *Apply) Join() *Join {
	return &Join{Kind: a.Kind, Left: a.Left, Right: a.Right, On: a.On, NullAware: a.NullAware, Name: a.Name, At: a.At}
}

func (a *Apply) Schema() types.Schema { return a.Join().Schema() }
func (a *Apply) Inputs() []Node       { return []Node{a.Left, a.Right} }
func (a *Apply) WithInputs(in []Node) Node {
	c := *a
	c.Left, c.Right = in[0], in[1]
	return &c
}
func (a *Apply) Pos() sqlerr.Pos { return a.At }
func (a *Apply) String() string {
	s := "Apply " + strings.ToLower(a.Kind.String())
	for i, r := range a.Refs {
		if i == 0 {
			s += " of "
		} else {
			s += ", "
		}
		s += r.Value.String()
	}
	if a.On != nil {
		s += " on " + a.On.String()
	}
	return s
}
