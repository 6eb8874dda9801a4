package expr

import (
	"bytes"
	"cmp"
	"fmt"
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"millrace/types"
)

// comparator makes the function that orders value i of a against value j of b, both of type t and not NULL, in the
// order of PostgreSQL's ORDER BY: false before true, text by its bytes, NaN last, an interval by the time it lasts with
// months of 30 days, arrays and rows by their first difference, in which a NULL comes last.
func comparator(t types.Type, a, b arrow.Array) func(i, j int) int {
	switch t.Kind {
	case types.Bool:
		x, y := boolBits(a), boolBits(b)
		return func(i, j int) int { return boolRank(x.get(i)) - boolRank(y.get(j)) }
	case types.Int16:
		return compareOrdered[int16](a, b)
	case types.Int32, types.Date:
		return compareOrdered[int32](a, b)
	case types.Int64, types.Time, types.Timestamp, types.TimestampTZ:
		return compareOrdered[int64](a, b)
	case types.Float32:
		x, y := pods[float32](a), pods[float32](b)
		return func(i, j int) int { return compareFloat(x[i], y[j]) }
	case types.Float64:
		x, y := pods[float64](a), pods[float64](b)
		return func(i, j int) int { return compareFloat(x[i], y[j]) }
	case types.Decimal:
		x, y := pods[decimal128.Num](a), pods[decimal128.Num](b)
		return func(i, j int) int { return x[i].Cmp(y[j]) }
	case types.Interval:
		x, y := pods[arrow.MonthDayNanoInterval](a), pods[arrow.MonthDayNanoInterval](b)
		return func(i, j int) int { return compareIntervals(x[i], y[j]) }
	case types.Text, types.Bytes, types.JSON:
		x, y := varlens(a), varlens(b)
		return func(i, j int) int { return bytes.Compare(x.at(i), y.at(j)) }
	case types.UUID:
		x, y := a.(*array.FixedSizeBinary), b.(*array.FixedSizeBinary)
		return func(i, j int) int { return bytes.Compare(x.Value(i), y.Value(j)) }
	case types.Array:
		return compareLists(*t.Elem, a.(*array.List), b.(*array.List))
	case types.Row:
		return compareStructs(t.Fields, a.(*array.Struct), b.(*array.Struct))
	}
	panic(fmt.Sprintf("values of type %s have no order", t))
}

func boolRank(b bool) int {
	if b {
		return 1
	}
	return 0
}

func compareOrdered[T exact](a, b arrow.Array) func(i, j int) int {
	x, y := pods[T](a), pods[T](b)
	return func(i, j int) int { return cmp.Compare(x[i], y[j]) }
}

// compareIntervals compares how long intervals last: a month is 30 days, a day 24 hours. The sum of nanoseconds needs
// more than 64 bits.
func compareIntervals(x, y arrow.MonthDayNanoInterval) int {
	return intervalNanos(x).Cmp(intervalNanos(y))
}

func intervalNanos(v arrow.MonthDayNanoInterval) decimal128.Num {
	const perDay = types.MicrosPerDay * 1000
	days := int64(v.Months)*30 + int64(v.Days)
	hi, lo := bits.Mul64(uint64(days), perDay)
	if days < 0 {
		hi -= perDay
	}
	return decimal128.New(int64(hi), lo).Add(decimal128.FromI64(v.Nanoseconds))
}

// withNulls compares values that may be NULL, which are last and equal to each other.
func withNulls(a, b arrow.Array, compare func(i, j int) int) func(i, j int) int {
	return func(i, j int) int {
		switch x, y := a.IsNull(i), b.IsNull(j); {
		case x && y:
			return 0
		case x:
			return 1
		case y:
			return -1
		}
		return compare(i, j)
	}
}

func compareLists(elem types.Type, a, b *array.List) func(i, j int) int {
	compare := withNulls(a.ListValues(), b.ListValues(), comparator(elem, a.ListValues(), b.ListValues()))
	return func(i, j int) int {
		x, xEnd := a.ValueOffsets(i)
		y, yEnd := b.ValueOffsets(j)
		for ; x < xEnd && y < yEnd; x, y = x+1, y+1 {
			if c := compare(int(x), int(y)); c != 0 {
				return c
			}
		}
		return cmp.Compare(xEnd-x, yEnd-y)
	}
}

func compareStructs(fields []types.Field, a, b *array.Struct) func(i, j int) int {
	compare := make([]func(i, j int) int, len(fields))
	for k, f := range fields {
		compare[k] = withNulls(a.Field(k), b.Field(k), comparator(f.Type, a.Field(k), b.Field(k)))
	}
	return func(i, j int) int {
		for _, c := range compare {
			if r := c(i, j); r != 0 {
				return r
			}
		}
		return 0
	}
}
