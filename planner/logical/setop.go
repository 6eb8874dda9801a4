package logical

import (
	"strings"

	"millrace/sqlerr"
	"millrace/types"
)

// SetOp is INTERSECT or EXCEPT of two inputs that have the same types. NULL is equal to NULL.
type SetOp struct {
	Except      bool // what Left has and Right has not; else what both have
	All         bool // rows count as often as they come; else once
	Left, Right Node
	At          sqlerr.Pos
}

// Name is the operation as SQL has it.
func (s *SetOp) Name() string {
	name := "INTERSECT"
	if s.Except {
		name = "EXCEPT"
	}
	if s.All {
		name += " ALL"
	}
	return name
}

func (s *SetOp) Schema() types.Schema { return s.Left.Schema() }
func (s *SetOp) Inputs() []Node       { return []Node{s.Left, s.Right} }
func (s *SetOp) WithInputs(in []Node) Node {
	c := *s
	c.Left, c.Right = in[0], in[1]
	return &c
}
func (s *SetOp) Pos() sqlerr.Pos { return s.At }
func (s *SetOp) String() string  { return "SetOp " + strings.ToLower(s.Name()) }
