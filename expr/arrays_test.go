package expr

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/types"
)

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
				types.Field{Name: "b", Type: types.ArrayOf(types.Of(types.Int32))}))
		default:
			ts = append(ts, types.Of(k))
		}
	}
	return ts
}

// randomArray has n values, of which about nulls out of ten are NULL.
func randomArray(mem memory.Allocator, t types.Type, n, nulls int, r *rand.Rand) arrow.Array {
	b := array.NewBuilder(mem, t.Arrow())
	defer b.Release()
	for range n {
		appendRandom(b, t, nulls, r)
	}
	return b.NewArray()
}

func appendRandom(b array.Builder, t types.Type, nulls int, r *rand.Rand) {
	if r.IntN(10) < nulls {
		b.AppendNull()
		return
	}
	switch b := b.(type) {
	case *array.BooleanBuilder:
		b.Append(r.IntN(2) == 0)
	case *array.Int16Builder:
		b.Append(int16(r.IntN(200) - 100))
	case *array.Int32Builder:
		b.Append(int32(r.IntN(200) - 100))
	case *array.Int64Builder:
		b.Append(r.Int64N(200) - 100)
	case *array.Float32Builder:
		b.Append(float32(r.IntN(100)) / 4)
	case *array.Float64Builder:
		b.Append(float64(r.IntN(100)) / 8)
	case *array.Decimal128Builder:
		b.Append(decimal128.FromI64(r.Int64N(1e6) - 5e5))
	case *array.StringBuilder:
		if t.Kind == types.JSON {
			b.Append(fmt.Sprintf(`{"a": %d}`, r.IntN(100)))
			return
		}
		b.Append([]string{"", "a", "mill", "millrace", "grüße", "0", "42"}[r.IntN(7)])
	case *array.BinaryBuilder:
		b.Append([]byte{byte(r.IntN(256)), 0, 7}[:r.IntN(4)])
	case *array.Date32Builder:
		b.Append(arrow.Date32(r.IntN(40000) - 10000))
	case *array.Time64Builder:
		b.Append(arrow.Time64(r.Int64N(86400e6)))
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(r.Int64N(4e15) - 1e15))
	case *array.MonthDayNanoIntervalBuilder:
		b.Append(arrow.MonthDayNanoInterval{Months: int32(r.IntN(40) - 20), Days: int32(r.IntN(9)), Nanoseconds: r.Int64N(1e9) * 1000})
	case *array.FixedSizeBinaryBuilder:
		u := make([]byte, 16)
		for i := range u {
			u[i] = byte(r.IntN(256))
		}
		b.Append(u)
	case *array.ListBuilder:
		b.Append(true)
		for range r.IntN(4) {
			appendRandom(b.ValueBuilder(), *t.Elem, nulls, r)
		}
	case *array.MapBuilder:
		b.Append(true)
		for i := range r.IntN(3) {
			b.KeyBuilder().(*array.StringBuilder).Append(fmt.Sprint("k", i))
			appendRandom(b.ItemBuilder(), *t.Elem, nulls, r)
		}
	case *array.StructBuilder:
		b.Append(true)
		for i, f := range t.Fields {
			appendRandom(b.FieldBuilder(i), f.Type, nulls, r)
		}
	default:
		panic(fmt.Sprintf("no random values for %T", b))
	}
}

// checked is an allocator that fails the test where memory is not given back.
func checked(t testing.TB) memory.Allocator {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	t.Cleanup(func() { mem.AssertSize(t, 0) })
	return mem
}
