package expr

import (
	"github.com/apache/arrow-go/v18/arrow"

	"millrace/sqlerr"
	"millrace/types"
)

// Slot stands, while a statement is bound, for a value whose column is not known yet: what a subquery or a window
// function gives, or a column of an outer query. The planner puts a column in its place (Fill); none is left when a
// query runs. A slot is one by its address.
type Slot struct {
	Name string
	typ  types.Type
	pos  sqlerr.Pos
}

// NewSlot makes a slot that is equal to no other.
func NewSlot(name string, typ types.Type, pos sqlerr.Pos) *Slot {
	return &Slot{Name: name, typ: typ, pos: pos}
}

func (s *Slot) Type() types.Type       { return s.typ }
func (s *Slot) Pos() sqlerr.Pos        { return s.pos }
func (s *Slot) Inputs() []Expr         { return nil }
func (s *Slot) WithInputs([]Expr) Expr { return s }
func (s *Slot) String() string         { return s.Name }

// Eval fails: a slot that is left is a bug of the planner.
func (s *Slot) Eval(*Ctx, arrow.RecordBatch) (arrow.Array, error) {
	return nil, sqlerr.New(sqlerr.Internal, s.pos, "%s was never given a column", s.Name)
}

// Slots lists the slots in e, each once.
func Slots(e Expr) []*Slot {
	var out []*Slot
	seen := map[*Slot]bool{}
	Walk(e, func(e Expr) bool {
		if s, ok := e.(*Slot); ok && !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
		return true
	})
	return out
}

// Fill is e with the slots for which by has an expression replaced by it.
func Fill(e Expr, by map[*Slot]Expr) Expr {
	return Rewrite(e, func(e Expr) Expr {
		if s, ok := e.(*Slot); ok {
			if to, ok := by[s]; ok {
				return to
			}
		}
		return e
	})
}

// waits reports whether e is not whole: it waits for a column, or for a parameter's value.
func waits(e Expr) bool {
	found := false
	Walk(e, func(e Expr) bool {
		switch e.(type) {
		case *Slot, *Param:
			found = true
		}
		return !found
	})
	return found
}
