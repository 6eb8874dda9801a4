package expr

import (
	"fmt"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/types"
)

// printed is a text for each value of a, by what value appends for it.
func printed(mem memory.Allocator, a arrow.Array, value func(dst []byte, i int) []byte) arrow.Array {
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

// asString is the bytes as a string, without a copy: for parsers, which do not keep it.
func asString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// fromText parses each value.
func (c *cast) fromText(mem memory.Allocator, a arrow.Array, to types.Type) (arrow.Array, error) {
	switch to.Kind {
	case types.Bool:
		return c.parseBools(mem, a)
	case types.Int16:
		return parseFixed(c, mem, a, to, 2, func(s string) (int16, error) { v, err := types.ParseInt(s, to); return int16(v), err })
	case types.Int32:
		return parseFixed(c, mem, a, to, 4, func(s string) (int32, error) { v, err := types.ParseInt(s, to); return int32(v), err })
	case types.Int64:
		return parseFixed(c, mem, a, to, 8, func(s string) (int64, error) { return types.ParseInt(s, to) })
	case types.Float32:
		return parseFixed(c, mem, a, to, 4, func(s string) (float32, error) { v, err := types.ParseFloat(s, to); return float32(v), err })
	case types.Float64:
		return parseFixed(c, mem, a, to, 8, func(s string) (float64, error) { return types.ParseFloat(s, to) })
	case types.Decimal:
		return parseFixed(c, mem, a, to, 16, func(s string) (decimal128.Num, error) { return types.ParseDecimal(s, to) })
	case types.Date:
		return parseFixed(c, mem, a, to, 4, types.ParseDate)
	case types.Time:
		return parseFixed(c, mem, a, to, 8, types.ParseTime)
	case types.Timestamp:
		return parseFixed(c, mem, a, to, 8, types.ParseTimestamp)
	case types.TimestampTZ:
		return parseFixed(c, mem, a, to, 8, types.ParseTimestampTZ)
	case types.Interval:
		return parseFixed(c, mem, a, to, 16, types.ParseInterval)
	case types.UUID:
		return parseFixed(c, mem, a, to, 16, func(s string) (decimal128.Num, error) {
			u, err := types.ParseUUID(s)
			return *(*decimal128.Num)(unsafe.Pointer(&u)), err
		})
	case types.Bytes:
		return c.parseTexts(mem, a, to, func(dst []byte, s string) ([]byte, error) {
			b, err := types.ParseBytes(s)
			return append(dst, b...), err
		})
	case types.Array:
		return c.parseArrays(mem, a, to)
	case types.JSON:
		return c.parseTexts(mem, a, to, func(dst []byte, s string) ([]byte, error) { return append(dst, s...), types.CheckJSON(s) })
	}
	panic(fmt.Sprintf("cast: %s is not read from text", to))
}

// parseFixed parses values of a fixed width.
func parseFixed[T pod](c *cast, mem memory.Allocator, a arrow.Array, to types.Type, width int, parse func(string) (T, error)) (arrow.Array, error) {
	buf, dst := newPods[T](mem, a.Len(), width)
	nulls, nullN, err := c.parseRows(mem, a, func(i int, s string) (err error) {
		dst[i], err = parse(s)
		return err
	})
	if err != nil {
		buf.Release()
		return nil, err
	}
	return newArray(to.Arrow(), a.Len(), nullN, nulls, buf), nil
}

// parseRows calls parse for each value, and gives the null bitmap of the result.
func (c *cast) parseRows(mem memory.Allocator, a arrow.Array, parse func(i int, s string) error) (*memory.Buffer, int, error) {
	text, valid := varlens(a), validity(a)
	var lost []int32
	for i := range a.Len() {
		if !valid.get(i) {
			continue
		}
		if err := parse(i, asString(text.at(i))); err != nil {
			if !c.try {
				return nil, 0, at(err, c.pos)
			}
			lost = append(lost, int32(i))
		}
	}
	nulls, nullN := nullsWithout(mem, a.Len(), valid, lost)
	return nulls, nullN, nil
}

func (c *cast) parseBools(mem memory.Allocator, a arrow.Array) (arrow.Array, error) {
	buf := newBuffer(mem, bitBytes(a.Len()))
	dst := buf.Bytes()
	clear(dst)
	nulls, nullN, err := c.parseRows(mem, a, func(i int, s string) error {
		v, err := types.ParseBool(s)
		if v {
			setBit(dst, i)
		}
		return err
	})
	if err != nil {
		buf.Release()
		return nil, err
	}
	return newArray(arrow.FixedWidthTypes.Boolean, a.Len(), nullN, nulls, buf), nil
}

// parseTexts parses to another kind of text.
func (c *cast) parseTexts(mem memory.Allocator, a arrow.Array, to types.Type, parse func(dst []byte, s string) ([]byte, error)) (arrow.Array, error) {
	out := newTextOut(mem, a.Len(), 16*a.Len())
	end := 0
	nulls, nullN, err := c.parseRows(mem, a, func(i int, s string) error {
		for ; end < i; end++ { // NULLs before it
			out.end(end)
		}
		from := len(out.buf)
		b, err := parse(out.buf, s)
		out.buf = b
		if err != nil {
			out.buf = b[:from]
		}
		return err
	})
	if err != nil {
		out.release()
		return nil, err
	}
	for ; end < a.Len(); end++ {
		out.end(end)
	}
	return out.array(to.Arrow(), nullN, nulls), nil
}
