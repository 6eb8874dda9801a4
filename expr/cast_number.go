package expr

import (
	"math"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/types"
)

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
		return fromFloat[float32](c, mem, a, from, to, 6)
	case types.Float64:
		return fromFloat[float64](c, mem, a, from, to, 15)
	}
	return c.fromDecimal(mem, a, from, to)
}

// widen converts to a type that holds every value.
func widen[F signed | real, T int32 | int64 | float32 | float64](mem memory.Allocator, a arrow.Array, to types.Type, width int) (arrow.Array, error) {
	src := pods[F](a)
	buf, dst := newPods[T](mem, len(src), width)
	for i, x := range src {
		dst[i] = T(x)
	}
	nulls, nullN := intersect(mem, len(src), validity(a))
	return newArray(to.Arrow(), len(src), nullN, nulls, buf), nil
}

func fromInt[F signed](c *cast, mem memory.Allocator, a arrow.Array, from, to types.Type) (arrow.Array, error) {
	switch to.Kind {
	case types.Int16:
		return fixedCast(c, mem, a, from, to, 2, func(x F) (int16, bool) { return int16(x), int64(int16(x)) == int64(x) })
	case types.Int32:
		if from.Kind == types.Int16 {
			return widen[F, int32](mem, a, to, 4)
		}
		return fixedCast(c, mem, a, from, to, 4, func(x F) (int32, bool) { return int32(x), int64(int32(x)) == int64(x) })
	case types.Int64:
		return widen[F, int64](mem, a, to, 8)
	case types.Float32:
		return widen[F, float32](mem, a, to, 4)
	case types.Float64:
		return widen[F, float64](mem, a, to, 8)
	}
	if !castFails(from, to) && to.Scale < len(tens) {
		src, factor := pods[F](a), tens[to.Scale]
		buf, dst := newPods[decimal128.Num](mem, len(src), 16)
		for i, x := range src {
			dst[i] = product(int64(x), factor)
		}
		nulls, nullN := intersect(mem, len(src), validity(a))
		return newArray(to.Arrow(), len(src), nullN, nulls, buf), nil
	}
	return fixedCast(c, mem, a, from, to, 16, func(x F) (decimal128.Num, bool) {
		v, ok := shiftUp(decimal128.FromI64(int64(x)), to.Scale)
		return v, ok && withinDigits(v, to.Precision)
	})
}

// fromFloat rounds half to even, as PostgreSQL does from floating point. A DECIMAL is made of the digits that the type
// is good for, 6 or 15, as there.
func fromFloat[F real](c *cast, mem memory.Allocator, a arrow.Array, from, to types.Type, digits int) (arrow.Array, error) {
	whole := func(x F, low, high float64) (int64, bool) {
		r := math.RoundToEven(float64(x))
		if !(r >= low && r < high) { // so that NaN is out too
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
			return v, (!isInf(v) || isInf(x)) && (v != 0 || x == 0)
		})
	case types.Float64:
		return widen[F, float64](mem, a, to, 8)
	}
	var text []byte
	return fixedCast(c, mem, a, from, to, 16, func(x F) (decimal128.Num, bool) {
		if x-x != 0 {
			return decimal128.Num{}, false
		}
		text = strconv.AppendFloat(text[:0], float64(x), 'e', digits-1, 64)
		v, err := types.ParseDecimal(string(text), to)
		return v, err == nil
	})
}

// fromDecimal rounds half away from zero.
func (c *cast) fromDecimal(mem memory.Allocator, a arrow.Array, from, to types.Type) (arrow.Array, error) {
	whole := func(x decimal128.Num, low, high int64) (int64, bool) {
		v := shiftDown(x, from.Scale)
		n := int64(v.LowBits())
		return n, small(v) && n >= low && n <= high
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
	if from.Scale == to.Scale && from.Precision <= to.Precision {
		return relabel(a, to), nil
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
	f, err := strconv.ParseFloat(string(types.AppendDecimal(nil, x, scale)), 64)
	if err != nil { // 38 digits are no more than 1e38
		panic("a DECIMAL that is no DOUBLE: " + err.Error())
	}
	return f
}

func boolToInt(mem memory.Allocator, a arrow.Array, to types.Type) arrow.Array {
	bits, n := boolBits(a), a.Len()
	nulls, nullN := intersect(mem, n, validity(a))
	var buf *memory.Buffer
	switch to.Kind {
	case types.Int16:
		buf = onesOf[int16](mem, bits, n, 2)
	case types.Int32:
		buf = onesOf[int32](mem, bits, n, 4)
	default:
		buf = onesOf[int64](mem, bits, n, 8)
	}
	return newArray(to.Arrow(), n, nullN, nulls, buf)
}

func onesOf[T signed](mem memory.Allocator, bits bitmap, n, width int) *memory.Buffer {
	buf, dst := newPods[T](mem, n, width)
	for i := range dst {
		dst[i] = T(boolRank(bits.get(i)))
	}
	return buf
}

func intToBool(mem memory.Allocator, a arrow.Array, from types.Type) arrow.Array {
	buf := newBuffer(mem, bitBytes(a.Len()))
	switch from.Kind {
	case types.Int16:
		equalTo(buf.Bytes(), pods[int16](a), 0, ^uint64(0))
	case types.Int32:
		equalTo(buf.Bytes(), pods[int32](a), 0, ^uint64(0))
	default:
		equalTo(buf.Bytes(), pods[int64](a), 0, ^uint64(0))
	}
	nulls, nullN := intersect(mem, a.Len(), validity(a))
	return newArray(arrow.FixedWidthTypes.Boolean, a.Len(), nullN, nulls, buf)
}
