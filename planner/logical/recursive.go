package logical

import (
	"fmt"

	"millrace/sqlerr"
	"millrace/types"
)

// Recursive is a query that reads its own result: the rows of Seed, then those that Step makes of them, and so on until
// it makes none. Step has a WorkTable, which is the rows of the step before.
type Recursive struct {
	Name       string
	Seed, Step Node  // of equal types
	All        bool  // else rows that have come before are dropped
	MaxRows    int64 // rows after which nobody wants more; 0: there are none
	At         sqlerr.Pos
}

func (r *Recursive) Schema() types.Schema { return r.Seed.Schema() }
func (r *Recursive) Inputs() []Node       { return []Node{r.Seed, r.Step} }
func (r *Recursive) WithInputs(in []Node) Node {
	c := *r
	c.Seed, c.Step = in[0], in[1]
	return &c
}
func (r *Recursive) Pos() sqlerr.Pos { return r.At }
func (r *Recursive) String() string {
	if r.All {
		return "Recursive " + r.Name + " union all"
	}
	return "Recursive " + r.Name + " union"
}

// WorkTable is, in the step of a Recursive, the rows of the step before; or, with a Port, the rows of an input of the
// step that does not depend on them.
type WorkTable struct {
	Name string
	Port int // 0: the rows of the step before
	Out  types.Schema
	At   sqlerr.Pos
}

func (w *WorkTable) Schema() types.Schema   { return w.Out }
func (w *WorkTable) Inputs() []Node         { return nil }
func (w *WorkTable) WithInputs([]Node) Node { return w }
func (w *WorkTable) Pos() sqlerr.Pos        { return w.At }
func (w *WorkTable) String() string         { return fmt.Sprintf("WorkTable %s", w.Name) }
