package expr

import (
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/sqlerr"
	"millrace/types"
)

// inList is x IN (constants). Where the list holds a NULL, a value that is not in it gives NULL.
type inList struct {
	in   []Expr // x, then the list
	not  bool
	null bool
	pos  sqlerr.Pos
	set  map[string]struct{} // the list's values as text: equal values of one type have one text
	typ  types.Type
}

// NewIn is x [NOT] IN (list). Values that are no constants make it a row of comparisons.
func NewIn(x Expr, list []Expr, not bool, pos sqlerr.Pos) (Expr, error) {
	all := append([]Expr{x}, list...)
	ts := make([]types.Type, len(all))
	constant := true
	for i, e := range all {
		ts[i] = e.Type()
		if _, ok := e.(*Literal); i > 0 && !ok {
			if folded, err := Fold(e, &Ctx{Mem: goMemory}); err == nil {
				all[i] = folded
			}
			_, ok = all[i].(*Literal)
			constant = constant && ok
		}
	}
	common, ok := operandType(ts)
	if !ok {
		return nil, undefinedFunction("=", []Expr{x, firstOther(list, x.Type())}, pos)
	}
	if !constant || !scalar(common.Kind) || common.Kind == types.Float32 || common.Kind == types.Float64 || common.Kind == types.Interval || common.Kind == types.JSON {
		return inByComparison(x, list, not, pos)
	}
	if common.Kind == types.Decimal {
		for _, e := range all {
			if e.Type().Kind == types.Unknown {
				common = widerDecimal(common, unknownDecimal(e))
			}
		}
	}
	in := make([]Expr, len(all))
	for i, e := range all {
		var err error
		if in[i], err = coerceTo(e, common); err != nil {
			return nil, err
		}
	}
	return newInList(in, not, common, pos), nil
}

func firstOther(list []Expr, t types.Type) Expr {
	for _, e := range list {
		if _, ok := operandType([]types.Type{t, e.Type()}); !ok {
			return e
		}
	}
	return list[0]
}

func inByComparison(x Expr, list []Expr, not bool, pos sqlerr.Pos) (Expr, error) {
	var any Expr
	for _, e := range list {
		eq, err := NewCall("=", []Expr{x, e}, pos)
		if err != nil {
			return nil, err
		}
		if any == nil {
			any = eq
		} else if any, err = NewCall("or", []Expr{any, eq}, pos); err != nil {
			return nil, err
		}
	}
	if not {
		return NewCall("not", []Expr{any}, pos)
	}
	return any, nil
}

func newInList(in []Expr, not bool, t types.Type, pos sqlerr.Pos) *inList {
	l := &inList{in: in, not: not, pos: pos, typ: t, set: make(map[string]struct{}, len(in)-1)}
	for _, e := range in[1:] {
		if v := e.(*Literal); v.Value == nil {
			l.null = true
		} else {
			l.set[string(types.AppendText(nil, v.one, 0, t))] = struct{}{}
		}
	}
	return l
}

func (l *inList) Type() types.Type { return types.Of(types.Bool) }
func (l *inList) Pos() sqlerr.Pos  { return l.pos }
func (l *inList) Inputs() []Expr   { return l.in }
func (l *inList) WithInputs(in []Expr) Expr {
	return newInList(in, l.not, l.typ, l.pos)
}

func (l *inList) String() string {
	list := make([]string, len(l.in)-1)
	for i, e := range l.in[1:] {
		list[i] = e.String()
	}
	op := " IN ("
	if l.not {
		op = " NOT IN ("
	}
	return operand(l.in[0].String()) + op + strings.Join(list, ", ") + ")"
}

// Eval looks each value up.
func (l *inList) Eval(ctx *Ctx, rec arrow.RecordBatch) (arrow.Array, error) {
	a, err := l.in[0].Eval(ctx, rec)
	if err != nil {
		return nil, err
	}
	defer a.Release()
	n := a.Len()
	found := l.lookup(a)
	values, valid := newBuffer(ctx.Mem, bitBytes(n)), newBuffer(ctx.Mem, bitBytes(n))
	clear(values.Bytes())
	clear(valid.Bytes())
	nullN := 0
	for i := range n {
		if a.IsNull(i) {
			nullN++
			continue
		}
		has := found(i)
		if !has && l.null {
			nullN++
			continue
		}
		setBit(valid.Bytes(), i)
		if has != l.not {
			setBit(values.Bytes(), i)
		}
	}
	if nullN == 0 {
		valid.Release()
		valid = nil
	}
	return newArray(arrow.FixedWidthTypes.Boolean, n, nullN, valid, values), nil
}

// lookup is whether row i's value is in the list. Whole numbers and texts are looked up as they are.
func (l *inList) lookup(a arrow.Array) func(i int) bool {
	switch l.typ.Kind {
	case types.Int16:
		return lookupInt(l, pods[int16](a))
	case types.Int32:
		return lookupInt(l, pods[int32](a))
	case types.Int64:
		return lookupInt(l, pods[int64](a))
	case types.Text:
		v := varlens(a)
		return func(i int) bool { _, ok := l.set[string(v.at(i))]; return ok }
	}
	var text []byte
	return func(i int) bool {
		text = types.AppendText(text[:0], a, i, l.typ)
		_, ok := l.set[string(text)]
		return ok
	}
}

func lookupInt[T signed](l *inList, v []T) func(i int) bool {
	set := make(map[T]struct{}, len(l.set))
	for _, e := range l.in[1:] {
		if x, ok := e.(*Literal).Value.(int64); ok {
			set[T(x)] = struct{}{}
		}
	}
	return func(i int) bool { _, ok := set[v[i]]; return ok }
}
