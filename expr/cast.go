package expr

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
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
	pos   sqlerr.Pos
}

// NewCast is CAST(x AS to), or TRY_CAST. It fails with 42846 where there is no such cast, and with the code of a
// string literal that does not parse.
func NewCast(x Expr, to types.Type, try bool, pos sqlerr.Pos) (Expr, error) {
	from := x.Type()
	level := levelOf(from, to)
	if level == noCast {
		return nil, cannotCast(from, to, pos)
	}
	if level == same {
		return x, nil
	}
	if l, ok := x.(*Literal); ok && from.Kind == types.Unknown {
		if l.Value == nil {
			return NewLiteral(nil, to, pos), nil
		}
		if !scalar(to.Kind) {
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

func newCast(x Expr, to types.Type, try bool, pos sqlerr.Pos) Expr {
	from := x.Type()
	safe := to.Kind == types.Text || levelOf(from, to) >= implicit && from.Kind != types.Decimal && to.Kind != types.Decimal || from.Integer() && to.Kind == types.Decimal && to.Precision-to.Scale >= asDecimal(from).Precision
	return &cast{x: x, to: to, try: try, fails: !safe, pos: pos}
}

func (c *cast) Type() types.Type          { return c.to }
func (c *cast) Pos() sqlerr.Pos           { return c.pos }
func (c *cast) Inputs() []Expr            { return []Expr{c.x} }
func (c *cast) WithInputs(in []Expr) Expr { return newCast(in[0], c.to, c.try, c.pos) }

func (c *cast) String() string {
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
	if from.Kind == types.Unknown {
		if a.DataType().ID() == arrow.NULL {
			return nullArray(ctx.Mem, c.to, a.Len()), nil
		}
		from = types.Of(types.Text)
	}
	return c.convert(ctx.Mem, a, from, c.to)
}

// convert casts an array.
func (c *cast) convert(mem memory.Allocator, a arrow.Array, from, to types.Type) (arrow.Array, error) {
	if from.Equal(to) {
		a.Retain()
		return a, nil
	}
	switch {
	case to.Kind == types.Text:
		return c.toText(mem, a, from)
	case from.Kind == types.Text:
		return c.fromText(mem, a, to)
	case to.Kind == types.JSON:
		return c.toJSON(mem, a, from)
	case from.Numeric() && to.Numeric():
		return c.number(mem, a, from, to)
	case from.Kind == types.Bool && to.Integer():
		return c.boolToInt(mem, a, to)
	case to.Kind == types.Bool:
		return c.intToBool(mem, a, from)
	case from.Kind == types.Array:
		l := a.(*array.List)
		return c.lists(mem, a, l.ListValues(), from, to)
	case from.Kind == types.Row:
		return c.rows(mem, a.(*array.Struct), from, to)
	}
	return c.temporal(mem, a, from, to)
}

// fixedCast converts the values of a fixed width one by one; fit is false where one does not fit.
func fixedCast[F, T pod](c *cast, mem memory.Allocator, a arrow.Array, from, to types.Type, width int, value func(F) (T, bool)) (arrow.Array, error) {
	src := pods[F](a)
	buf, dst := newPods[T](mem, len(src), width)
	nulls, nullN := intersect(mem, len(src), validity(a))
	valid := validOf(nulls)
	var lost []int
	for i, x := range src {
		v, fits := value(x)
		dst[i] = v
		if !fits && valid.get(i) {
			if !c.try {
				buf.Release()
				release(nulls)
				return nil, c.misfit(a, i, from, to)
			}
			lost = append(lost, i)
		}
	}
	if len(lost) > 0 {
		nulls, nullN = withoutRows(mem, nulls, len(src), nullN, lost)
	}
	return newArray(to.Arrow(), len(src), nullN, nulls, buf), nil
}

// withoutRows makes rows NULL.
func withoutRows(mem memory.Allocator, nulls *memory.Buffer, n, nullN int, rows []int) (*memory.Buffer, int) {
	out := newBuffer(mem, bitBytes(n))
	bits, old := out.Bytes(), validOf(nulls)
	for i := 0; i < n; i += 64 {
		putWord(bits, i, old.word(i))
	}
	for _, r := range rows {
		bits[r>>3] &^= 1 << (r & 7)
	}
	release(nulls)
	return out, nullN + len(rows)
}

// misfit is the error about one value.
func (c *cast) misfit(a arrow.Array, i int, from, to types.Type) error {
	text := shorten(string(types.AppendText(nil, a, i, from)))
	return sqlerr.New(sqlerr.NumericOutOfRange, c.pos, "%s is out of range for %s, in %s", text, to, c)
}

// number converts between kinds of numbers.
func (c *cast) number(mem memory.Allocator, a arrow.Array, from, to types.Type) (arrow.Array, error) {
	switch from.Kind {
	case types.Int16:
		return fromInt[int16](c, mem, a, from, to)
	case types.Int32:
		return fromInt[int32](c, mem, a, from, to)
	case types.Int64:
		return fromInt[int64](c, mem, a, from, to)
	case types.Float32:
		return fromFloat[float32](c, mem, a, from, to)
	case types.Float64:
		return fromFloat[float64](c, mem, a, from, to)
	}
	return c.fromDecimal(mem, a, from, to)
}

func fromInt[F signed](c *cast, mem memory.Allocator, a arrow.Array, from, to types.Type) (arrow.Array, error) {
	switch to.Kind {
	case types.Int16:
		return fixedCast(c, mem, a, from, to, 2, func(x F) (int16, bool) { return int16(x), int64(int16(x)) == int64(x) })
	case types.Int32:
		return fixedCast(c, mem, a, from, to, 4, func(x F) (int32, bool) { return int32(x), int64(int32(x)) == int64(x) })
	case types.Int64:
		return fixedCast(c, mem, a, from, to, 8, func(x F) (int64, bool) { return int64(x), true })
	case types.Float32:
		return fixedCast(c, mem, a, from, to, 4, func(x F) (float32, bool) { return float32(x), true })
	case types.Float64:
		return fixedCast(c, mem, a, from, to, 8, func(x F) (float64, bool) { return float64(x), true })
	}
	return fixedCast(c, mem, a, from, to, 16, func(x F) (decimal128.Num, bool) {
		v, ok := shiftUp(decimal128.FromI64(int64(x)), to.Scale)
		return v, ok && withinDigits(v, to.Precision)
	})
}

// fromFloat rounds half to even, as PostgreSQL does from floating point.
func fromFloat[F real](c *cast, mem memory.Allocator, a arrow.Array, from, to types.Type) (arrow.Array, error) {
	whole := func(x F, low, high float64) (int64, bool) {
		r := math.RoundToEven(float64(x))
		if !(r >= low && r < high) {
			return 0, false
		}
		return int64(r), true
	}
	switch to.Kind {
	case types.Int16:
		return fixedCast(c, mem, a, from, to, 2, func(x F) (int16, bool) {
			v, ok := whole(x, math.MinInt16, math.MaxInt16+1)
			return int16(v), ok
		})
	case types.Int32:
		return fixedCast(c, mem, a, from, to, 4, func(x F) (int32, bool) {
			v, ok := whole(x, math.MinInt32, math.MaxInt32+1)
			return int32(v), ok
		})
	case types.Int64:
		return fixedCast(c, mem, a, from, to, 8, func(x F) (int64, bool) { return whole(x, math.MinInt64, -math.MinInt64) })
	case types.Float32:
		return fixedCast(c, mem, a, from, to, 4, func(x F) (float32, bool) {
			v := float32(x)
			return v, !math.IsInf(float64(v), 0) || math.IsInf(float64(x), 0)
		})
	case types.Float64:
		return fixedCast(c, mem, a, from, to, 8, func(x F) (float64, bool) { return float64(x), true })
	}
	bits := 64
	if from.Kind == types.Float32 {
		bits = 32
	}
	var text []byte
	return fixedCast(c, mem, a, from, to, 16, func(x F) (decimal128.Num, bool) { // by way of the digits that it prints as
		if x-x != 0 {
			return decimal128.Num{}, false
		}
		text = types.AppendFloat(text[:0], float64(x), bits)
		v, err := types.ParseDecimal(string(text), to)
		return v, err == nil
	})
}

// fromDecimal rounds half away from zero.
func (c *cast) fromDecimal(mem memory.Allocator, a arrow.Array, from, to types.Type) (arrow.Array, error) {
	whole := func(x decimal128.Num, low, high int64) (int64, bool) {
		v := shiftDown(x, from.Scale)
		if !small(v) || int64(v.LowBits()) < low || int64(v.LowBits()) > high {
			return 0, false
		}
		return int64(v.LowBits()), true
	}
	switch to.Kind {
	case types.Int16:
		return fixedCast(c, mem, a, from, to, 2, func(x decimal128.Num) (int16, bool) {
			v, ok := whole(x, math.MinInt16, math.MaxInt16)
			return int16(v), ok
		})
	case types.Int32:
		return fixedCast(c, mem, a, from, to, 4, func(x decimal128.Num) (int32, bool) {
			v, ok := whole(x, math.MinInt32, math.MaxInt32)
			return int32(v), ok
		})
	case types.Int64:
		return fixedCast(c, mem, a, from, to, 8, func(x decimal128.Num) (int64, bool) { return whole(x, math.MinInt64, math.MaxInt64) })
	case types.Float32:
		return fixedCast(c, mem, a, from, to, 4, func(x decimal128.Num) (float32, bool) { return float32(decimalFloat(x, from.Scale)), true })
	case types.Float64:
		return fixedCast(c, mem, a, from, to, 8, func(x decimal128.Num) (float64, bool) { return decimalFloat(x, from.Scale), true })
	}
	return fixedCast(c, mem, a, from, to, 16, func(x decimal128.Num) (decimal128.Num, bool) {
		v, ok := rescale(x, from.Scale, to.Scale)
		return v, ok && withinDigits(v, to.Precision)
	})
}

// decimalFloat is the double nearest to a Decimal.
func decimalFloat(x decimal128.Num, scale int) float64 {
	if small(x) && scale <= 22 {
		if v := int64(x.LowBits()); v > -1<<53 && v < 1<<53 {
			return float64(v) / math.Pow10(scale) // both are exact, so the quotient is rounded once
		}
	}
	v, err := types.ParseFloat(string(types.AppendDecimal(nil, x, scale)), types.Of(types.Float64))
	if err != nil {
		return math.NaN()
	}
	return v
}

func (c *cast) boolToInt(mem memory.Allocator, a arrow.Array, to types.Type) (arrow.Array, error) {
	bits, n := boolBits(a), a.Len()
	nulls, nullN := intersect(mem, n, validity(a))
	one := func(i int) int64 {
		if bits.get(i) {
			return 1
		}
		return 0
	}
	buf := newBuffer(mem, n*to.Arrow().(arrow.FixedWidthDataType).Bytes())
	for i := range n {
		switch to.Kind {
		case types.Int16:
			arrow.GetData[int16](buf.Bytes())[i] = int16(one(i))
		case types.Int32:
			arrow.GetData[int32](buf.Bytes())[i] = int32(one(i))
		default:
			arrow.GetData[int64](buf.Bytes())[i] = one(i)
		}
	}
	return newArray(to.Arrow(), n, nullN, nulls, buf), nil
}

func (c *cast) intToBool(mem memory.Allocator, a arrow.Array, from types.Type) (arrow.Array, error) {
	n := a.Len()
	truth := func(i int) bool { return false }
	switch from.Kind {
	case types.Int16:
		v := pods[int16](a)
		truth = func(i int) bool { return v[i] != 0 }
	case types.Int32:
		v := pods[int32](a)
		truth = func(i int) bool { return v[i] != 0 }
	case types.Int64:
		v := pods[int64](a)
		truth = func(i int) bool { return v[i] != 0 }
	}
	buf := newBuffer(mem, bitBytes(n))
	clear(buf.Bytes())
	for i := range n {
		if truth(i) {
			setBit(buf.Bytes(), i)
		}
	}
	nulls, nullN := intersect(mem, n, validity(a))
	return newArray(arrow.FixedWidthTypes.Boolean, n, nullN, nulls, buf), nil
}

// toText prints each value.
func (c *cast) toText(mem memory.Allocator, a arrow.Array, from types.Type) (arrow.Array, error) {
	return textOf(mem, a, func(dst []byte, i int) []byte { return types.AppendText(dst, a, i, from) }), nil
}

func (c *cast) toJSON(mem memory.Allocator, a arrow.Array, from types.Type) (arrow.Array, error) {
	return textOf(mem, a, func(dst []byte, i int) []byte { return types.AppendJSON(dst, a, i, from) }), nil
}

func textOf(mem memory.Allocator, a arrow.Array, value func(dst []byte, i int) []byte) arrow.Array {
	n := a.Len()
	nulls, nullN := intersect(mem, n, validity(a))
	valid := validOf(nulls)
	out := newTextOut(mem, n, 16*n)
	for i := range n {
		if valid.get(i) {
			out.buf = value(out.buf, i)
		}
		out.end(i)
	}
	return out.array(arrow.BinaryTypes.String, nullN, nulls)
}

// fromText parses each value.
func (c *cast) fromText(mem memory.Allocator, a arrow.Array, to types.Type) (arrow.Array, error) {
	text, n := varlens(a), a.Len()
	b := array.NewBuilder(mem, to.Arrow())
	defer b.Release()
	b.Reserve(n)
	for i := range n {
		if a.IsNull(i) {
			b.AppendNull()
			continue
		}
		v, err := types.ParseValue(string(text.at(i)), to)
		if err != nil {
			if !c.try {
				return nil, at(err, c.pos)
			}
			b.AppendNull()
			continue
		}
		appendValue(b, v)
	}
	return b.NewArray(), nil
}

// appendValue appends a value as Literal holds it.
func appendValue(b array.Builder, v any) {
	switch b := b.(type) {
	case *array.BooleanBuilder:
		b.Append(v.(bool))
	case *array.Int16Builder:
		b.Append(int16(v.(int64)))
	case *array.Int32Builder:
		b.Append(int32(v.(int64)))
	case *array.Int64Builder:
		b.Append(v.(int64))
	case *array.Float32Builder:
		b.Append(float32(v.(float64)))
	case *array.Float64Builder:
		b.Append(v.(float64))
	case *array.Decimal128Builder:
		b.Append(v.(decimal128.Num))
	case *array.StringBuilder:
		b.Append(v.(string))
	case *array.BinaryBuilder:
		b.Append(v.([]byte))
	case *array.FixedSizeBinaryBuilder:
		b.Append(v.([]byte))
	case *array.Date32Builder:
		b.Append(arrow.Date32(v.(int32)))
	case *array.Time64Builder:
		b.Append(arrow.Time64(v.(int64)))
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(v.(int64)))
	case *array.MonthDayNanoIntervalBuilder:
		b.Append(v.(arrow.MonthDayNanoInterval))
	default:
		panic("cast: no value of " + b.Type().String())
	}
}

const dayMicros = 24 * 60 * 60 * 1_000_000

// temporal converts between dates, times and intervals. TIMESTAMPTZ is taken in UTC, the time zone of every session.
func (c *cast) temporal(mem memory.Allocator, a arrow.Array, from, to types.Type) (arrow.Array, error) {
	isStamp := func(t types.Type) bool { return t.Temporal() }
	switch {
	case isStamp(from) && isStamp(to):
		return fixedCast(c, mem, a, from, to, 8, func(x int64) (int64, bool) { return x, true })
	case from.Kind == types.Date && isStamp(to):
		return fixedCast(c, mem, a, from, to, 8, func(x int32) (int64, bool) { return int64(x) * dayMicros, true })
	case isStamp(from) && to.Kind == types.Date:
		return fixedCast(c, mem, a, from, to, 4, func(x int64) (int32, bool) {
			d, _ := types.SplitDay(x)
			return int32(d), int64(int32(d)) == d
		})
	case isStamp(from) && to.Kind == types.Time:
		return fixedCast(c, mem, a, from, to, 8, func(x int64) (int64, bool) { _, t := types.SplitDay(x); return t, true })
	case from.Kind == types.Time && to.Kind == types.Interval:
		return fixedCast(c, mem, a, from, to, 16, func(x int64) (arrow.MonthDayNanoInterval, bool) {
			return arrow.MonthDayNanoInterval{Nanoseconds: x * 1000}, true
		})
	case from.Kind == types.Interval && to.Kind == types.Time:
		return fixedCast(c, mem, a, from, to, 8, func(x arrow.MonthDayNanoInterval) (int64, bool) {
			_, t := types.SplitDay(x.Nanoseconds / 1000)
			return t, true
		})
	}
	return nil, sqlerr.New(sqlerr.Internal, c.pos, "no cast from %s to %s", from, to)
}

func (c *cast) lists(mem memory.Allocator, a, values arrow.Array, from, to types.Type) (arrow.Array, error) {
	elems, err := c.convert(mem, values, *from.Elem, *to.Elem)
	if err != nil {
		return nil, err
	}
	n := a.Len()
	offs := newBuffer(mem, 4*(n+1))
	copy(arrow.GetData[int32](offs.Bytes()), offsets(a))
	nulls, nullN := intersect(mem, n, validity(a))
	return newNested(to.Arrow(), n, nullN, []arrow.Array{elems}, nulls, offs), nil
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
