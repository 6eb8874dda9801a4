package exec

import (
	"bytes"
	"fmt"
	"math"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/expr"
	"millrace/types"
)

// ascending is values of each type that has an order, in that order.
var ascending = []struct {
	typ  types.Type
	vals []any
}{
	{types.Of(types.Bool), []any{false, true}},
	{types.Of(types.Int16), []any{int16(math.MinInt16), int16(-1), int16(0), int16(1), int16(math.MaxInt16)}},
	{types.Of(types.Int32), []any{int32(math.MinInt32), int32(-1), int32(0), int32(1), int32(math.MaxInt32)}},
	{types.Of(types.Int64), []any{int64(math.MinInt64), int64(-256), int64(-1), int64(0), int64(1), int64(256), int64(math.MaxInt64)}},
	{types.Of(types.Float32), []any{float32(math.Inf(-1)), float32(-1.5), float32(0), float32(1e-30), float32(2), float32(math.Inf(1)), float32(math.NaN())}},
	{types.Of(types.Float64), []any{math.Inf(-1), -1e300, -5e-324, 0.0, 5e-324, 1.0, 1e300, math.Inf(1), math.NaN()}},
	{types.DecimalOf(38, 2), []any{decimal128.New(-5, 0), decimal128.FromI64(-2), decimal128.FromI64(-1), decimal128.FromI64(0), decimal128.FromI64(7), decimal128.New(0, math.MaxUint64), decimal128.New(1, 0)}},
	{types.Of(types.Text), []any{"", "\x00", "\x00\x00", "\x00a", "a", "a\x00", "a\x00b", "a\x01", "aa", "b", "ä", "\xff"}},
	{types.Of(types.Bytes), []any{[]byte{}, []byte{0}, []byte{0, 0xff}, []byte{1}, []byte{0xff}, []byte{0xff, 0}}},
	{types.Of(types.Date), []any{arrow.Date32(-1), arrow.Date32(0), arrow.Date32(20000)}},
	{types.Of(types.Time), []any{arrow.Time64(0), arrow.Time64(86_399_999_999)}},
	{types.Of(types.Timestamp), []any{arrow.Timestamp(math.MinInt64), arrow.Timestamp(-1), arrow.Timestamp(0), arrow.Timestamp(1 << 50)}},
	{types.Of(types.TimestampTZ), []any{arrow.Timestamp(-1), arrow.Timestamp(0)}},
	{types.Of(types.Interval), []any{
		arrow.MonthDayNanoInterval{Months: -1, Days: 29}, arrow.MonthDayNanoInterval{}, arrow.MonthDayNanoInterval{Nanoseconds: 1},
		arrow.MonthDayNanoInterval{Days: 29, Nanoseconds: 86_400_000_000_000 - 1}, arrow.MonthDayNanoInterval{Months: 1}, arrow.MonthDayNanoInterval{Days: 31},
		arrow.MonthDayNanoInterval{Months: math.MaxInt32},
	}},
	{types.Of(types.UUID), []any{make([]byte, 16), append(make([]byte, 15), 1), append([]byte{0, 0, 0, 0, 0, 0, 0, 0, 1}, make([]byte, 7)...), append([]byte{0x80}, make([]byte, 15)...)}},
}

func appendAny(t *testing.T, b array.Builder, v any) {
	switch b := b.(type) {
	case *array.BooleanBuilder:
		b.Append(v.(bool))
	case *array.Int16Builder:
		b.Append(v.(int16))
	case *array.Int32Builder:
		b.Append(v.(int32))
	case *array.Int64Builder:
		b.Append(v.(int64))
	case *array.Float32Builder:
		b.Append(v.(float32))
	case *array.Float64Builder:
		b.Append(v.(float64))
	case *array.Decimal128Builder:
		b.Append(v.(decimal128.Num))
	case *array.StringBuilder:
		b.Append(v.(string))
	case *array.BinaryBuilder:
		b.Append(v.([]byte))
	case *array.Date32Builder:
		b.Append(v.(arrow.Date32))
	case *array.Time64Builder:
		b.Append(v.(arrow.Time64))
	case *array.TimestampBuilder:
		b.Append(v.(arrow.Timestamp))
	case *array.MonthDayNanoIntervalBuilder:
		b.Append(v.(arrow.MonthDayNanoInterval))
	case *array.FixedSizeBinaryBuilder:
		b.Append(v.([]byte))
	default:
		t.Fatalf("no value for %T", b)
	}
}

// orderedRecord has columns x and then: each value of typ, and NULL in the end, beside each of two numbers. Its arrays are
// slices of longer ones.
func orderedRecord(t *testing.T, mem memory.Allocator, typ types.Type, vals []any) arrow.RecordBatch {
	rb := array.NewRecordBuilder(mem, types.Schema{{Name: "x", Type: typ}, {Name: "then", Type: types.Of(types.Int64)}}.Arrow())
	defer rb.Release()
	for range 3 {
		rb.Field(0).AppendNull()
		rb.Field(1).AppendNull()
	}
	for i := range len(vals) + 1 {
		for then := range int64(2) {
			if i < len(vals) {
				appendAny(t, rb.Field(0), vals[i])
			} else {
				rb.Field(0).AppendNull()
			}
			rb.Field(1).(*array.Int64Builder).Append(then)
		}
	}
	whole := rb.NewRecordBatch()
	defer whole.Release()
	return whole.NewSlice(3, whole.NumRows())
}

func TestSortKeysCompareAsTheRowsDo(t *testing.T) {
	for _, tc := range ascending {
		for _, o := range []Order{{}, {Desc: true}, {NullsFirst: true}, {Desc: true, NullsFirst: true}} {
			t.Run(fmt.Sprintf("%s desc %v nulls first %v", tc.typ, o.Desc, o.NullsFirst), func(t *testing.T) {
				mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
				defer mem.AssertSize(t, 0)
				rec := orderedRecord(t, mem, tc.typ, tc.vals)
				defer rec.Release()
				o.Expr = expr.NewColumn(0, "x", tc.typ, 0)
				then := Order{Expr: expr.NewColumn(1, "then", types.Of(types.Int64), 0), Desc: true}
				enc, err := newOrderKeys([]Order{o, then}, &expr.Ctx{Mem: mem})
				if err != nil {
					t.Fatal(err)
				}
				keys, err := enc.encode(rec)
				if err != nil {
					t.Fatal(err)
				}
				n := int(rec.NumRows())
				null := n/2 - 1
				for i := range n {
					for j := range n {
						want := 0
						switch a, b := i/2, j/2; {
						case a == b:
							want = j%2 - i%2 // then DESC
						case a == null || b == null:
							want = 1
							if (a == null) == o.NullsFirst {
								want = -1
							}
						default:
							want = a - b
							if o.Desc {
								want = -want
							}
						}
						if got := bytes.Compare(keys.at(i), keys.at(j)); got != max(-1, min(1, want)) {
							t.Errorf("rows %d and %d compare as %d, want %d", i, j, got, want)
						}
					}
				}
			})
		}
	}
}

func TestEqualValuesHaveEqualSortKeys(t *testing.T) {
	for _, tc := range []struct {
		name string
		typ  types.Type
		a, b any
	}{
		{"zeros", types.Of(types.Float64), 0.0, math.Copysign(0, -1)},
		{"NaNs", types.Of(types.Float64), math.NaN(), math.Float64frombits(math.Float64bits(math.NaN()) ^ 1<<63 ^ 5)},
		{"a month and 30 days", types.Of(types.Interval), arrow.MonthDayNanoInterval{Months: 1}, arrow.MonthDayNanoInterval{Days: 30}},
	} {
		mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
		rec := orderedRecord(t, mem, tc.typ, []any{tc.a, tc.b})
		enc, err := newOrderKeys([]Order{{Expr: expr.NewColumn(0, "x", tc.typ, 0)}}, &expr.Ctx{Mem: mem})
		if err != nil {
			t.Fatal(err)
		}
		keys, err := enc.encode(rec)
		if err != nil || !bytes.Equal(keys.at(0), keys.at(2)) {
			t.Errorf("%s: %x and %x, %v", tc.name, keys.at(0), keys.at(2), err)
		}
		rec.Release()
		mem.AssertSize(t, 0)
	}
}

func TestEveryKindHasAnOrderOrIsRefused(t *testing.T) {
	tested := map[types.Kind]bool{types.JSON: true, types.Array: true, types.Map: true, types.Row: true} // refused
	for _, a := range ascending {
		tested[a.typ.Kind] = true
	}
	for _, k := range types.Kinds() {
		if !tested[k] {
			t.Errorf("%s", k)
		}
	}
}
