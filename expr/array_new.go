package expr

import (
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/sqlerr"
	"millrace/types"
)

// arrayOf is ARRAY[a, b, …].
type arrayOf struct {
	in  []Expr
	typ types.Type
	pos sqlerr.Pos
}

// NewArray puts values together to an ARRAY of their common type. It fails with 42804 where they have none, and with
// 42P18 for an array of no elements, whose type nothing says.
func NewArray(values []Expr, pos sqlerr.Pos) (Expr, error) {
	if len(values) == 0 {
		return nil, sqlerr.New("42P18", pos, "cannot determine type of empty array").
			WithHint("Write '{}'::INT[], or the like.")
	}
	ts := make([]types.Type, len(values))
	for i, v := range values {
		ts[i] = v.Type()
	}
	elem, ok := CommonType(ts)
	if !ok {
		return nil, sqlerr.New(sqlerr.DatatypeMismatch, pos, "ARRAY types %s cannot be matched", strings.Join(typeList(values), " and "))
	}
	a := &arrayOf{typ: types.ArrayOf(elem), pos: pos}
	for _, v := range values {
		in, err := coerceTo(v, elem)
		if err != nil {
			return nil, err
		}
		a.in = append(a.in, in)
	}
	return foldConstant(a)
}

func (a *arrayOf) Type() types.Type          { return a.typ }
func (a *arrayOf) Pos() sqlerr.Pos           { return a.pos }
func (a *arrayOf) Inputs() []Expr            { return a.in }
func (a *arrayOf) WithInputs(in []Expr) Expr { return &arrayOf{in: in, typ: a.typ, pos: a.pos} }

func (a *arrayOf) String() string {
	parts := make([]string, len(a.in))
	for i, e := range a.in {
		parts[i] = e.String()
	}
	return "ARRAY[" + strings.Join(parts, ", ") + "]"
}

// Eval writes the columns one behind the other and takes the elements of each row from them.
func (a *arrayOf) Eval(ctx *Ctx, rec arrow.RecordBatch) (arrow.Array, error) {
	n, k := int(rec.NumRows()), len(a.in)
	cols := make([]arrow.Array, 0, k)
	defer func() {
		for _, c := range cols {
			c.Release()
		}
	}()
	for _, e := range a.in {
		c, err := e.Eval(ctx, rec)
		if err != nil {
			return nil, err
		}
		cols = append(cols, c)
	}
	all, err := array.Concatenate(cols, ctx.Mem)
	if err != nil {
		return nil, err
	}
	defer all.Release()
	rows := make([]int32, 0, n*k)
	offBuf, offs := newInts(ctx.Mem, n+1)
	offs[0] = 0
	for i := range n {
		for j := range k {
			rows = append(rows, int32(j*n+i))
		}
		offs[i+1] = int32(len(rows))
	}
	return newNested(a.typ.Arrow(), n, 0, []arrow.Array{Take(ctx.Mem, all, rows)}, nil, offBuf), nil
}
