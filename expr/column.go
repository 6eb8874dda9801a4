package expr

import (
	"github.com/apache/arrow-go/v18/arrow"

	"millrace/sqlerr"
	"millrace/types"
)

// Column is a column of the batch, by its position.
type Column struct {
	Index int
	Name  string
	typ   types.Type
	pos   sqlerr.Pos
}

// NewColumn refers to column index of the input.
func NewColumn(index int, name string, typ types.Type, pos sqlerr.Pos) *Column {
	return &Column{Index: index, Name: name, typ: typ, pos: pos}
}

func (c *Column) Type() types.Type       { return c.typ }
func (c *Column) Pos() sqlerr.Pos        { return c.pos }
func (c *Column) Inputs() []Expr         { return nil }
func (c *Column) WithInputs([]Expr) Expr { return c }
func (c *Column) String() string         { return c.Name }

// Eval is the column itself, not a copy.
func (c *Column) Eval(_ *Ctx, rec arrow.RecordBatch) (arrow.Array, error) {
	a := rec.Column(c.Index)
	a.Retain()
	return a, nil
}
