package logical

import (
	"fmt"
	"strings"

	"millrace/expr"
	"millrace/sqlerr"
	"millrace/types"
)

// Expand gives each row once for each grouping set. Its columns are those of Input, then the keys, each NULL where the
// set has it not, then the number of the set.
type Expand struct {
	Input Node
	Keys  []expr.Expr
	Names []string
	Sets  [][]bool // which keys a set has
	At    sqlerr.Pos
}

// SetColumn is the name of the column that numbers the sets.
const SetColumn = "grouping set"

func (e *Expand) Schema() types.Schema {
	in := e.Input.Schema()
	out := in[:len(in):len(in)]
	for i, k := range e.Keys {
		out = append(out, types.Column{Name: e.Names[i], Type: k.Type()})
	}
	return append(out, types.Column{Name: SetColumn, Type: types.Of(types.Int32)})
}
func (e *Expand) Inputs() []Node { return []Node{e.Input} }
func (e *Expand) WithInputs(in []Node) Node {
	c := *e
	c.Input = in[0]
	return &c
}
func (e *Expand) Pos() sqlerr.Pos { return e.At }
func (e *Expand) String() string {
	sets := make([]string, len(e.Sets))
	for i, set := range e.Sets {
		var keys []string
		for k, in := range set {
			if in {
				keys = append(keys, e.Keys[k].String())
			}
		}
		sets[i] = "(" + strings.Join(keys, ", ") + ")"
	}
	return "Expand " + strings.Join(sets, ", ")
}

// EmptyGroups is the rows of an aggregate over an Expand, and where it has none one for each grouping set without keys:
// a set of no keys has a group over no rows too.
type EmptyGroups struct {
	Input Node
	Keys  int       // columns before the calls; the last is the number of the set
	Calls []AggCall // of the aggregate
	Sets  []int     // those without keys
	At    sqlerr.Pos
}

func (g *EmptyGroups) Schema() types.Schema { return g.Input.Schema() }
func (g *EmptyGroups) Inputs() []Node       { return []Node{g.Input} }
func (g *EmptyGroups) WithInputs(in []Node) Node {
	c := *g
	c.Input = in[0]
	return &c
}
func (g *EmptyGroups) Pos() sqlerr.Pos { return g.At }
func (g *EmptyGroups) String() string  { return fmt.Sprintf("EmptyGroups of %d sets", len(g.Sets)) }
