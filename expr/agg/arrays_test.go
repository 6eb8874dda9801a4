package agg

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/types"
)

// checked is memory of which all must be given back when the test ends.
func checked(t testing.TB) memory.Allocator {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	t.Cleanup(func() { mem.AssertSize(t, 0) })
	return mem
}

// sampleTypes has a type of every kind, nested ones of several.
func sampleTypes() []types.Type {
	var ts []types.Type
	for _, k := range types.Kinds() {
		switch k {
		case types.Decimal:
			ts = append(ts, types.DecimalOf(20, 3))
		case types.Array:
			ts = append(ts, types.ArrayOf(types.Of(types.Int64)), types.ArrayOf(types.ArrayOf(types.Of(types.Text))))
		case types.Map:
			ts = append(ts, types.MapOf(types.Of(types.Text), types.Of(types.Float64)))
		case types.Row:
			ts = append(ts, types.RowOf(types.Field{Name: "a", Type: types.Of(types.Bool)},
				types.Field{Name: "b", Type: types.ArrayOf(types.Of(types.Interval))}))
		default:
			ts = append(ts, types.Of(k))
		}
	}
	return ts
}

// random is n values out of few different ones, of which about nulls out of ten are NULL.
func random(mem memory.Allocator, t types.Type, n, nulls int, r *rand.Rand) arrow.Array {
	b := array.NewBuilder(mem, t.Arrow())
	defer b.Release()
	for range n {
		appendRandom(b, nulls, r)
	}
	return b.NewArray()
}

func appendRandom(b array.Builder, nulls int, r *rand.Rand) {
	if r.IntN(10) < nulls {
		b.AppendNull()
		return
	}
	n := r.IntN(9) - 4
	switch b := b.(type) {
	case *array.BooleanBuilder:
		b.Append(n > 0)
	case *array.Int16Builder:
		b.Append(int16(n))
	case *array.Int32Builder:
		b.Append(int32(n))
	case *array.Int64Builder:
		b.Append(int64(n) << 40)
	case *array.Float32Builder:
		b.Append(float32(n) / 2)
	case *array.Float64Builder:
		b.Append([]float64{0, math.Copysign(0, -1), math.NaN(), -math.NaN(), math.Inf(1), 1.5, -2.25, 100, 3}[n+4])
	case *array.Decimal128Builder:
		b.Append(decimal128.FromI64(int64(n)))
	case *array.StringBuilder:
		b.Append([]string{"", "a", "a\x00", "ab", "b", "ä", "a longer one that fills more than a few words", "c", "d"}[n+4])
	case *array.BinaryBuilder:
		b.Append([]byte{byte(n), 0}[:1+n&1])
	case *array.Date32Builder:
		b.Append(arrow.Date32(n))
	case *array.Time64Builder:
		b.Append(arrow.Time64(n + 4))
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(n))
	case *array.MonthDayNanoIntervalBuilder:
		b.Append(arrow.MonthDayNanoInterval{Months: int32(n & 1), Days: int32(n&2) * 15, Nanoseconds: int64(n)})
	case *array.FixedSizeBinaryBuilder:
		u := make([]byte, 16)
		u[n+4], u[15] = byte(n), byte(n)
		b.Append(u)
	case *array.MapBuilder:
		b.Append(true)
		for k := range r.IntN(3) {
			b.KeyBuilder().(*array.StringBuilder).Append(fmt.Sprint(k))
			appendRandom(b.ItemBuilder(), nulls, r)
		}
	case *array.ListBuilder:
		b.Append(true)
		for range r.IntN(3) {
			appendRandom(b.ValueBuilder(), nulls, r)
		}
	case *array.StructBuilder:
		b.Append(true)
		for f := range b.NumField() {
			appendRandom(b.FieldBuilder(f), nulls, r)
		}
	default:
		panic(fmt.Sprintf("no random %T", b))
	}
}

func int64s(mem memory.Allocator, vals ...int64) arrow.Array {
	b := array.NewInt64Builder(mem)
	defer b.Release()
	b.AppendValues(vals, nil)
	return b.NewArray()
}

func texts(mem memory.Allocator, vals ...string) arrow.Array {
	b := array.NewStringBuilder(mem)
	defer b.Release()
	b.AppendValues(vals, nil)
	return b.NewArray()
}

func release(arrs ...arrow.Array) {
	for _, a := range arrs {
		a.Release()
	}
}
