package expr

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/sqlerr"
	"millrace/types"
)

// goMemory serves constants: they live as long as the plan does.
var goMemory = memory.NewGoAllocator()

// cast converts a value to another type. A value that does not fit is an error, or NULL with TRY_CAST.
type cast struct {
	x     Expr
	to    types.Type
	try   bool
	fails bool // some value of x does not fit
	quiet bool // nobody wrote it: it is not printed, as it comes by itself when the text is read again
	pos   sqlerr.Pos
}

// NewCast is CAST(x AS to), or TRY_CAST. It fails with 42846 where there is no such cast, and with the code of a
// string literal that does not parse. A DECIMAL without digits takes those of x.
func NewCast(x Expr, to types.Type, try bool, pos sqlerr.Pos) (Expr, error) {
	from := x.Type()
	if to.Kind == types.Decimal && to.Precision == 0 {
		to = decimalFor(x)
	}
	switch levelOf(from, to) {
	case noCast:
		return nil, cannotCast(from, to, pos)
	case same:
		return x, nil
	}
	if p, ok := untypedParam(x); ok {
		switch {
		case !hasLiterals(to):
			return nil, cannotCast(types.Of(types.Text), to, pos)
		case try:
			return newCast(p.as(types.Of(types.Text)), to, true, pos), nil
		}
		return p.as(to), nil
	}
	if l, ok := x.(*Literal); ok && from.Kind == types.Unknown {
		if l.Value == nil {
			return NewLiteral(nil, to, pos), nil
		}
		if !hasLiterals(to) {
			return nil, cannotCast(types.Of(types.Text), to, pos)
		}
		out, err := castLiteral(l, to)
		if err != nil && try {
			return NewLiteral(nil, to, pos), nil
		}
		return out, err
	}
	return newCast(x, to, try, pos), nil
}

// decimalFor is what DECIMAL without digits means for x: as many as a whole number or a literal has, and else 38 of
// which 10 are decimals.
func decimalFor(x Expr) types.Type {
	switch t := x.Type(); {
	case t.Kind == types.Decimal || t.Integer():
		return asDecimal(t)
	case t.Kind == types.Unknown && !isNull(x):
		return unknownDecimal(x)
	}
	return types.DecimalOf(38, 10)
}

func newCast(x Expr, to types.Type, try bool, pos sqlerr.Pos) *cast {
	return &cast{x: x, to: to, try: try, fails: castFails(x.Type(), to), pos: pos}
}

// castFails reports whether there is a value of one type that the other does not hold.
func castFails(from, to types.Type) bool {
	switch {
	case from.Kind == to.Kind && (from.Sys != types.Plain || to.Sys != types.Plain):
		return isOID(to) && from.Sys == types.Plain
	case from.Equal(to), to.Kind == types.Text, to.Kind == types.JSON && from.Kind != types.Text, to.Kind == types.Bool && from.Integer():
		return false
	case from.Kind == types.Array && to.Kind == types.Array:
		return castFails(*from.Elem, *to.Elem)
	case from.Kind == types.Map && to.Kind == types.Map:
		return castFails(*from.Key, *to.Key) || castFails(*from.Elem, *to.Elem)
	case from.Kind == types.Row && to.Kind == types.Row:
		for i := range from.Fields {
			if castFails(from.Fields[i].Type, to.Fields[i].Type) {
				return true
			}
		}
		return false
	case (from.Integer() || from.Kind == types.Decimal) && to.Kind == types.Decimal:
		from = asDecimal(from)
		if to.Scale < from.Scale { // rounding up may take one digit more
			return whole(to) <= whole(from)
		}
		return whole(to) < whole(from)
	case from.Numeric() && to.Numeric():
		return !widens(from.Kind, to.Kind)
	}
	return from.Kind == types.Text || from.Kind == types.JSON || from.Kind == types.Unknown || from.Kind == types.Date
}

func (c *cast) Type() types.Type { return c.to }
func (c *cast) Pos() sqlerr.Pos  { return c.pos }
func (c *cast) Inputs() []Expr   { return []Expr{c.x} }

func (c *cast) WithInputs(in []Expr) Expr {
	out := newCast(in[0], c.to, c.try, c.pos)
	out.quiet = c.quiet
	return out
}

func (c *cast) String() string {
	if c.quiet {
		return c.x.String()
	}
	name := "CAST("
	if c.try {
		name = "TRY_CAST("
	}
	return name + c.x.String() + " AS " + c.to.String() + ")"
}

func (c *cast) Eval(ctx *Ctx, rec arrow.RecordBatch) (arrow.Array, error) {
	a, err := c.x.Eval(ctx, rec)
	if err != nil {
		return nil, err
	}
	defer a.Release()
	from := c.x.Type()
	if from.Kind == types.Unknown { // a string that did not parse, or NULL
		if a.DataType().ID() == arrow.NULL {
			return nullArray(ctx.Mem, c.to, a.Len()), nil
		}
		from = types.Of(types.Text)
	}
	return c.convert(ctx.Mem, a, from, c.to)
}

// convert casts an array, or a part of one that is nested.
func (c *cast) convert(mem memory.Allocator, a arrow.Array, from, to types.Type) (arrow.Array, error) {
	switch {
	case from.Equal(to):
		a.Retain()
		return a, nil
	case from.Sys != types.Plain || to.Sys != types.Plain:
		return c.convertSys(mem, a, from, to)
	case to.Kind == types.Text:
		return printed(mem, a, func(dst []byte, i int) []byte { return types.AppendText(dst, a, i, from) }), nil
	case from.Kind == types.Text:
		return c.fromText(mem, a, to)
	case to.Kind == types.JSON:
		return printed(mem, a, func(dst []byte, i int) []byte { return types.AppendJSON(dst, a, i, from) }), nil
	case from.Kind == types.JSON:
		return c.fromJSON(mem, a, to)
	case from.Numeric() && to.Numeric():
		return c.number(mem, a, from, to)
	case from.Kind == types.Bool:
		return boolToInt(mem, a, to), nil
	case to.Kind == types.Bool:
		return intToBool(mem, a, from), nil
	case from.Kind == types.Array:
		return c.lists(mem, a, from, to)
	case from.Kind == types.Map:
		return c.maps(mem, a.(*array.Map), from, to)
	case from.Kind == types.Row:
		return c.rows(mem, a.(*array.Struct), from, to)
	}
	return c.temporal(mem, a, from, to)
}

// fixedCast converts the values of a fixed width one by one; fits is false for one that its new type does not hold.
func fixedCast[F, T pod](c *cast, mem memory.Allocator, a arrow.Array, from, to types.Type, width int, value func(F) (v T, fits bool)) (arrow.Array, error) {
	src := pods[F](a)
	buf, dst := newPods[T](mem, len(src), width)
	valid := validity(a)
	var lost []int32
	for i, x := range src {
		v, fits := value(x)
		dst[i] = v
		if fits || !valid.get(i) {
			continue
		}
		if !c.try {
			buf.Release()
			return nil, c.misfit(a, i, from, to)
		}
		lost = append(lost, int32(i))
	}
	nulls, nullN := nullsWithout(mem, len(src), valid, lost)
	return newArray(to.Arrow(), len(src), nullN, nulls, buf), nil
}

// nullsWithout is a null bitmap of n rows in which those of lost are NULL too.
func nullsWithout(mem memory.Allocator, n int, valid bitmap, lost []int32) (*memory.Buffer, int) {
	if len(lost) == 0 {
		return intersect(mem, n, valid)
	}
	has := make([]uint64, (n+63)/64)
	for i := range has {
		has[i] = valid.word(64 * i)
	}
	for _, r := range lost {
		has[r>>6] &^= 1 << (r & 63)
	}
	return writeBits(mem, n, func(i int) uint64 { return has[i>>6] })
}

// misfit is the error about one value.
func (c *cast) misfit(a arrow.Array, i int, from, to types.Type) error {
	code := sqlerr.NumericOutOfRange
	if !to.Numeric() {
		code = sqlerr.DatetimeOverflow
	}
	text := shorten(string(types.AppendText(nil, a, i, from)))
	return sqlerr.New(code, c.pos, "%s is out of range for %s, in %s", text, to, c)
}

// temporal converts between dates, times and intervals. A TIMESTAMPTZ is taken in UTC, the time zone of every session.
func (c *cast) temporal(mem memory.Allocator, a arrow.Array, from, to types.Type) (arrow.Array, error) {
	switch {
	case from.Temporal() && to.Temporal():
		return relabel(a, to), nil
	case from.Kind == types.Date && to.Temporal():
		return fixedCast(c, mem, a, from, to, 8, func(day int32) (int64, bool) {
			const most = int64(1<<63-1) / types.MicrosPerDay
			return int64(day) * types.MicrosPerDay, int64(day) <= most && int64(day) >= -most
		})
	case from.Temporal() && to.Kind == types.Date:
		return fixedCast(c, mem, a, from, to, 4, func(x int64) (int32, bool) {
			day, _ := types.SplitDay(x)
			return int32(day), true
		})
	case from.Temporal() && to.Kind == types.Time:
		return fixedCast(c, mem, a, from, to, 8, func(x int64) (int64, bool) { _, of := types.SplitDay(x); return of, true })
	case from.Kind == types.Time && to.Kind == types.Interval:
		return fixedCast(c, mem, a, from, to, 16, func(x int64) (interval, bool) { return interval{Nanoseconds: x * 1000}, true })
	case from.Kind == types.Interval && to.Kind == types.Time:
		return fixedCast(c, mem, a, from, to, 8, func(x interval) (int64, bool) {
			_, of := types.SplitDay(x.Nanoseconds / 1000)
			return of, true
		})
	}
	return nil, sqlerr.New(sqlerr.Internal, c.pos, "no cast from %s to %s", from, to)
}

// relabel is the same values under another type that is laid out alike.
func relabel(a arrow.Array, to types.Type) arrow.Array {
	d := a.Data()
	data := array.NewData(to.Arrow(), d.Len(), d.Buffers(), nil, d.NullN(), d.Offset())
	defer data.Release()
	return array.MakeFromData(data)
}

// lists converts the elements that the lists refer to.
func (c *cast) lists(mem memory.Allocator, a arrow.Array, from, to types.Type) (arrow.Array, error) {
	offBuf, window := c.window(mem, a, a.(*array.List).ListValues())
	defer window.Release()
	elems, err := c.convert(mem, window, *from.Elem, *to.Elem)
	if err != nil {
		offBuf.Release()
		return nil, err
	}
	nulls, nullN := intersect(mem, a.Len(), validity(a))
	return newNested(to.Arrow(), a.Len(), nullN, []arrow.Array{elems}, nulls, offBuf), nil
}

// maps converts keys and values.
func (c *cast) maps(mem memory.Allocator, m *array.Map, from, to types.Type) (arrow.Array, error) {
	offBuf, window := c.window(mem, m, m.ListValues())
	defer window.Release()
	entry := func(t types.Type) types.Type {
		return types.RowOf(types.Field{Name: "key", Type: *t.Key}, types.Field{Name: "value", Type: *t.Elem})
	}
	entries, err := c.rows(mem, window.(*array.Struct), entry(from), entry(to))
	if err != nil {
		offBuf.Release()
		return nil, err
	}
	pair := entries.(*array.Struct)
	data := array.NewData(to.Arrow().(*arrow.MapType).Elem(), pair.Len(), []*memory.Buffer{nil}, []arrow.ArrayData{pair.Field(0).Data(), pair.Field(1).Data()}, 0, 0)
	named := array.NewStructData(data)
	data.Release()
	entries.Release()
	nulls, nullN := intersect(mem, m.Len(), validity(m))
	return newNested(to.Arrow(), m.Len(), nullN, []arrow.Array{named}, nulls, offBuf), nil
}

// window is the elements that lists refer to, and the lists' offsets in them.
func (c *cast) window(mem memory.Allocator, a, elems arrow.Array) (*memory.Buffer, arrow.Array) {
	offs := offsets(a)
	buf := newBuffer(mem, 4*len(offs))
	dst := arrow.GetData[int32](buf.Bytes())
	for i, o := range offs {
		dst[i] = o - offs[0]
	}
	return buf, array.NewSlice(elems, int64(offs[0]), int64(offs[len(offs)-1]))
}

func (c *cast) rows(mem memory.Allocator, a *array.Struct, from, to types.Type) (arrow.Array, error) {
	fields := make([]arrow.Array, len(to.Fields))
	for i := range fields {
		var err error
		if fields[i], err = c.convert(mem, a.Field(i), from.Fields[i].Type, to.Fields[i].Type); err != nil {
			for _, f := range fields[:i] {
				f.Release()
			}
			return nil, err
		}
	}
	nulls, nullN := intersect(mem, a.Len(), validity(a))
	return newNested(to.Arrow(), a.Len(), nullN, fields, nulls), nil
}
