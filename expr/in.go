package expr

import (
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/sqlerr"
	"millrace/types"
)

// inList is x [NOT] IN (list). It is NULL where x is, and where the list holds a NULL and x is none of the others.
type inList struct {
	in   []Expr // x, then the list
	not  bool
	pos  sqlerr.Pos
	typ  types.Type // of x and of the list
	null bool       // one of the constants is NULL
	set  valueSet   // of the other constants
	rest []int      // positions in in of what is no constant
	eq   Expr       // compares x with one of those: "=" over columns 0 and 1
}

// NewIn is x [NOT] IN (list). Constants, and what can be computed now, become a set that is looked up; the others are
// compared one by one.
func NewIn(x Expr, list []Expr, not bool, pos sqlerr.Pos) (Expr, error) {
	in := append([]Expr{x}, list...)
	ts := make([]types.Type, len(in))
	for i, e := range in {
		if i > 0 {
			if folded, err := foldConstant(e); err == nil {
				in[i] = folded
			}
		}
		ts[i] = e.Type()
	}
	typ, ok := operandType(ts)
	if !ok {
		return nil, undefinedFunction("=", []Expr{x, firstMisfit(list, x.Type())}, pos)
	}
	if typ.Kind == types.Decimal {
		for _, e := range in {
			if e.Type().Kind == types.Unknown && !isNull(e) {
				typ = widerDecimal(typ, unknownDecimal(e))
			}
		}
	}
	if !hasOrder(typ) {
		return nil, undefinedFunction("=", []Expr{x, list[0]}, pos)
	}
	for i, e := range in {
		if e.Type().Kind == types.Unknown && !isNull(e) && !scalar(typ.Kind) {
			return nil, undefinedFunction("=", []Expr{x, e}, pos)
		}
		var err error
		if in[i], err = coerceTo(e, typ); err != nil {
			return nil, err
		}
	}
	l := newInList(in, not, typ, pos)
	var err error
	l.eq, err = NewCall("=", []Expr{NewColumn(0, "x", typ, pos), NewColumn(1, "y", typ, pos)}, pos)
	return l, err
}

// firstMisfit is the first of a list that has no common type with t, for the error.
func firstMisfit(list []Expr, t types.Type) Expr {
	for _, e := range list {
		if _, ok := operandType([]types.Type{t, e.Type()}); !ok {
			return e
		}
	}
	return list[0]
}

func newInList(in []Expr, not bool, t types.Type, pos sqlerr.Pos) *inList {
	l := &inList{in: in, not: not, typ: t, pos: pos}
	var constants []arrow.Array
	for i, e := range in[1:] {
		switch lit, ok := e.(*Literal); {
		case !ok:
			l.rest = append(l.rest, i+1)
		case lit.Value == nil:
			l.null = true
		default:
			constants = append(constants, lit.one)
		}
	}
	if len(constants) > 0 {
		all, err := array.Concatenate(constants, goMemory)
		if err != nil {
			panic("constants of one type that do not concatenate: " + err.Error())
		}
		l.set = newValueSet(t, all)
	}
	return l
}

func (l *inList) Type() types.Type { return types.Of(types.Bool) }
func (l *inList) Pos() sqlerr.Pos  { return l.pos }
func (l *inList) Inputs() []Expr   { return l.in }

func (l *inList) WithInputs(in []Expr) Expr {
	out := newInList(in, l.not, l.typ, l.pos)
	out.eq = l.eq
	return out
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

func (l *inList) Eval(ctx *Ctx, rec arrow.RecordBatch) (arrow.Array, error) {
	x, err := l.in[0].Eval(ctx, rec)
	if err != nil {
		return nil, err
	}
	defer x.Release()
	n := x.Len()
	buf := newBuffer(ctx.Mem, bitBytes(n))
	found := arrow.GetData[uint64](buf.Bytes())
	clear(found)
	valid := validity(x)
	if l.set != nil {
		l.set(x, found)
		for i := range found {
			found[i] &= valid.word(64 * i)
		}
	}
	null := make([]uint64, len(found)) // of the list
	if l.null {
		for i := range null {
			null[i] = ^uint64(0)
		}
	}
	for _, k := range l.rest {
		if err := l.compare(ctx, rec, x, l.in[k], found, null); err != nil {
			buf.Release()
			return nil, err
		}
	}
	nulls, nullN := writeBits(ctx.Mem, n, func(i int) uint64 { return valid.word(i) & (found[i/64] | ^null[i/64]) })
	if l.not {
		for i := range found {
			found[i] = ^found[i]
		}
	}
	return newArray(arrow.FixedWidthTypes.Boolean, n, nullN, nulls, buf), nil
}

// compare adds the rows in which e equals x to found, and those in which one of them is NULL to null.
func (l *inList) compare(ctx *Ctx, rec arrow.RecordBatch, x arrow.Array, e Expr, found, null []uint64) error {
	y, err := e.Eval(ctx, rec)
	if err != nil {
		return err
	}
	defer y.Release()
	field := arrow.Field{Type: x.DataType(), Nullable: true}
	pair := array.NewRecordBatch(arrow.NewSchema([]arrow.Field{field, field}, nil), []arrow.Array{x, y}, rec.NumRows())
	defer pair.Release()
	eq, err := l.eq.Eval(ctx, pair)
	if err != nil {
		return err
	}
	defer eq.Release()
	values, valid := boolBits(eq), validity(eq)
	for i := range found {
		v := valid.word(64 * i)
		found[i] |= values.word(64*i) & v
		null[i] |= ^v
	}
	return nil
}

// valueSet sets the bits of the rows whose value is in the set. What it says of a NULL does not count.
type valueSet func(x arrow.Array, found []uint64)

// newValueSet makes a set of the values of an array, none of them NULL.
func newValueSet(t types.Type, values arrow.Array) valueSet {
	switch t.Kind {
	case types.Int16:
		return exactSet(pods[int16](values))
	case types.Int32, types.Date:
		return exactSet(pods[int32](values))
	case types.Int64, types.Time, types.Timestamp, types.TimestampTZ:
		return exactSet(pods[int64](values))
	case types.Text, types.Bytes:
		return textSet(varlens(values), values.Len())
	}
	sorted := allRows(values.Len())
	cmp := comparator(t, values, values)
	slices.SortFunc(sorted, func(i, j int32) int { return cmp(int(i), int(j)) })
	return func(x arrow.Array, found []uint64) {
		cmp, valid := comparator(t, x, values), validity(x)
		fill(found, x.Len(), func(i int) bool {
			if !valid.get(i) {
				return false
			}
			_, ok := slices.BinarySearchFunc(sorted, i, func(k int32, i int) int { return -cmp(i, int(k)) })
			return ok
		})
	}
}

// fill sets the bits of the rows that has is true of.
func fill(found []uint64, n int, has func(i int) bool) {
	for at := range found {
		w := uint64(0)
		for k := range min(64, n-64*at) {
			if has(64*at + k) {
				w |= 1 << k
			}
		}
		found[at] |= w
	}
}

// few is how many values are compared with one after the other: a pass of a comparison is cheaper than a search.
const few = 8

func exactSet[T exact](values []T) valueSet {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	sorted = slices.Compact(sorted)
	if len(sorted) <= few {
		return func(x arrow.Array, found []uint64) {
			one := make([]uint64, len(found))
			for _, v := range sorted {
				equalTo(arrow.GetBytes(one), pods[T](x), v, 0)
				for i, w := range one {
					found[i] |= w
				}
			}
		}
	}
	return func(x arrow.Array, found []uint64) {
		v := pods[T](x)
		fill(found, len(v), func(i int) bool { _, ok := slices.BinarySearch(sorted, v[i]); return ok })
	}
}

// textSet finds a text by its length first, and among those of one length by a binary search.
func textSet(values varlen, n int) valueSet {
	byLength := map[int][]string{}
	longest := 0
	for i := range n {
		s := string(values.at(i))
		byLength[len(s)] = append(byLength[len(s)], s)
		longest = max(longest, len(s))
	}
	const direct = 64
	var short [direct + 1][]string // of the lengths that most texts have
	for size, list := range byLength {
		slices.Sort(list)
		if list = slices.Compact(list); size <= direct {
			short[size] = list
		} else {
			byLength[size] = list
		}
	}
	return func(x arrow.Array, found []uint64) {
		v := varlens(x)
		fill(found, x.Len(), func(i int) bool {
			s := asString(v.at(i))
			if len(s) > longest {
				return false
			}
			var list []string
			if len(s) <= direct {
				list = short[len(s)]
			} else {
				list = byLength[len(s)]
			}
			if len(list) <= few {
				return slices.Contains(list, s)
			}
			_, ok := slices.BinarySearch(list, s)
			return ok
		})
	}
}
