package expr

import (
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/sqlerr"
	"millrace/types"
)

// wrongObjectType is the code of an operand that is not of the kind that it has to be.
const wrongObjectType = "42809"

// quantified is x op ANY (array) or x op ALL (array): the operator on every element, then OR or AND over what it gives.
type quantified struct {
	op   string
	x    Expr
	list Expr
	all  bool
	each Expr // the operator over two columns: x once an element, and the elements
	pos  sqlerr.Pos
}

// NewQuantified is x op ANY (list), or with all x op ALL (list). The operator goes by the names of NewCall, or by "not
// like" and "not ilike". It fails with 42809 where list is no array or the operator gives no Boolean.
func NewQuantified(op string, x, list Expr, all bool, pos sqlerr.Pos) (Expr, error) {
	word := "ANY"
	if all {
		word = "ALL"
	}
	t := list.Type()
	if t.Kind == types.Unknown {
		of := x.Type()
		if of.Kind == types.Unknown {
			of = types.Of(types.Text)
		}
		t = types.ArrayOf(of)
		var err error
		if list, err = coerceTo(list, t); err != nil {
			return nil, err
		}
	}
	if t.Kind != types.Array {
		return nil, sqlerr.New(wrongObjectType, pos, "op %s (array) requires array on right side, not %s", word, t)
	}
	if x.Type().Kind == types.Unknown && !isNull(x) {
		var err error
		if x, err = coerceTo(x, *t.Elem); err != nil {
			return nil, err
		}
	}
	if isNull(x) {
		x = NewLiteral(nil, *t.Elem, x.Pos())
	}
	q := &quantified{op: op, x: x, list: list, all: all, pos: pos}
	left, right := NewColumn(0, "x", x.Type(), pos), NewColumn(1, "element", *t.Elem, pos)
	name, negate := op, false
	if op == "not like" || op == "not ilike" {
		name, negate = op[len("not "):], true
	}
	each, err := NewCall(name, []Expr{left, right}, pos)
	if err == nil && negate {
		each, err = NewCall("not", []Expr{each}, pos)
	}
	if err != nil {
		return nil, err
	}
	if each.Type().Kind != types.Bool {
		return nil, sqlerr.New(wrongObjectType, pos, "op %s (array) requires operator to yield boolean", word)
	}
	q.each = each
	return q, nil
}

func (q *quantified) Type() types.Type { return types.Of(types.Bool) }
func (q *quantified) Pos() sqlerr.Pos  { return q.pos }
func (q *quantified) Inputs() []Expr   { return []Expr{q.x, q.list} }

func (q *quantified) WithInputs(in []Expr) Expr {
	out := *q
	out.x, out.list = in[0], in[1]
	return &out
}

func (q *quantified) String() string {
	word := " ANY ("
	if q.all {
		word = " ALL ("
	}
	return operand(q.x.String()) + " " + strings.ToUpper(q.op) + word + q.list.String() + ")"
}

func (q *quantified) Eval(ctx *Ctx, rec arrow.RecordBatch) (arrow.Array, error) {
	x, err := q.x.Eval(ctx, rec)
	if err != nil {
		return nil, err
	}
	defer x.Release()
	a, err := q.list.Eval(ctx, rec)
	if err != nil {
		return nil, err
	}
	defer a.Release()
	list := a.(*array.List)
	offs, n := offsets(list), list.Len()
	lists := validity(list)
	var of, rows []int32 // the row and the element of each pair
	for i := range n {
		if !lists.get(i) {
			continue
		}
		for k := offs[i]; k < offs[i+1]; k++ {
			of, rows = append(of, int32(i)), append(rows, k)
		}
	}
	pairs, err := q.pairs(ctx, Take(ctx.Mem, x, of), Take(ctx.Mem, list.ListValues(), rows))
	if err != nil {
		return nil, err
	}
	defer pairs.Release()
	return q.reduce(ctx, n, of, pairs, lists), nil
}

// pairs runs the operator over two columns, which it takes over.
func (q *quantified) pairs(ctx *Ctx, x, elems arrow.Array) (arrow.Array, error) {
	fields := []arrow.Field{{Name: "x", Type: x.DataType(), Nullable: true}, {Name: "element", Type: elems.DataType(), Nullable: true}}
	rec := array.NewRecordBatch(arrow.NewSchema(fields, nil), []arrow.Array{x, elems}, int64(x.Len()))
	defer rec.Release()
	x.Release()
	elems.Release()
	return q.each.Eval(ctx, rec)
}

// reduce is OR, or AND, over the pairs of each row: one that decides it, else NULL where one is, else the other. An
// array that is NULL gives NULL.
func (q *quantified) reduce(ctx *Ctx, n int, of []int32, pairs arrow.Array, lists bitmap) arrow.Array {
	decided, unknown := make([]bool, n), make([]bool, n)
	bits, has := boolBits(pairs), validity(pairs)
	for k, i := range of {
		switch {
		case !has.get(k):
			unknown[i] = true
		case bits.get(k) != q.all:
			decided[i] = true
		}
	}
	b := array.NewBooleanBuilder(ctx.Mem)
	defer b.Release()
	b.Reserve(n)
	for i := range n {
		switch {
		case !lists.get(i) || unknown[i] && !decided[i]:
			b.UnsafeAppendBoolToBitmap(false)
		default:
			b.UnsafeAppend(decided[i] != q.all)
		}
	}
	return b.NewArray()
}
