package embedded

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
)

// A nested value is written as its parts, in order: a list and a map with their number in front, as a varint. A part
// that may be NULL has a byte in front of it, 0 for NULL. A value of fixed width is written as Arrow has it, one that
// varies with its length in front.

// appendNested writes value i of a, which is not NULL.
func appendNested(buf []byte, a arrow.Array, i int) []byte {
	switch a := a.(type) {
	case *array.Map: // before List, which it is too
		from, to := a.ValueOffsets(i)
		buf = binary.AppendUvarint(buf, uint64(to-from))
		for k := from; k < to; k++ {
			buf = appendNested(buf, a.Keys(), int(k))
			buf = appendPart(buf, a.Items(), int(k))
		}
		return buf
	case *array.List:
		from, to := a.ValueOffsets(i)
		buf = binary.AppendUvarint(buf, uint64(to-from))
		for k := from; k < to; k++ {
			buf = appendPart(buf, a.ListValues(), int(k))
		}
		return buf
	case *array.Struct:
		for f := range a.NumField() {
			buf = appendPart(buf, a.Field(f), i)
		}
		return buf
	case *array.String:
		v := a.Value(i)
		return append(binary.AppendUvarint(buf, uint64(len(v))), v...)
	case *array.Binary:
		v := a.Value(i)
		return append(binary.AppendUvarint(buf, uint64(len(v))), v...)
	case *array.Boolean:
		if a.Value(i) {
			return append(buf, 1)
		}
		return append(buf, 0)
	}
	w := a.DataType().(arrow.FixedWidthDataType).BitWidth() / 8
	return append(buf, fixedBytes(a, w)[i*w:i*w+w]...)
}

func appendPart(buf []byte, a arrow.Array, i int) []byte {
	if a.IsNull(i) {
		return append(buf, 0)
	}
	return appendNested(append(buf, 1), a, i)
}

// buildNested appends what appendNested has written to a builder of its type, and returns what is behind it.
func buildNested(b array.Builder, buf []byte) []byte {
	switch b := b.(type) {
	case *array.MapBuilder:
		n, used := binary.Uvarint(buf)
		buf = buf[used:]
		b.Append(true)
		for range n {
			buf = buildPart(b.ItemBuilder(), buildNested(b.KeyBuilder(), buf))
		}
		return buf
	case *array.ListBuilder:
		n, used := binary.Uvarint(buf)
		buf = buf[used:]
		b.Append(true)
		for range n {
			buf = buildPart(b.ValueBuilder(), buf)
		}
		return buf
	case *array.StructBuilder:
		b.Append(true)
		for f := range b.NumField() {
			buf = buildPart(b.FieldBuilder(f), buf)
		}
		return buf
	case *array.StringBuilder:
		n, used := binary.Uvarint(buf)
		end := used + int(n)
		b.Append(string(buf[used:end]))
		return buf[end:]
	case *array.BinaryBuilder:
		n, used := binary.Uvarint(buf)
		end := used + int(n)
		b.Append(buf[used:end])
		return buf[end:]
	case *array.BooleanBuilder:
		b.Append(buf[0] != 0)
		return buf[1:]
	}
	w := b.Type().(arrow.FixedWidthDataType).BitWidth() / 8
	buildFixed(b, buf[:w])
	return buf[w:]
}

func buildPart(b array.Builder, buf []byte) []byte {
	if buf[0] == 0 {
		b.AppendNull()
		return buf[1:]
	}
	return buildNested(b, buf[1:])
}

func buildFixed(b array.Builder, v []byte) {
	switch b := b.(type) {
	case *array.Int16Builder:
		b.Append(int16(binary.LittleEndian.Uint16(v)))
	case *array.Int32Builder:
		b.Append(int32(binary.LittleEndian.Uint32(v)))
	case *array.Int64Builder:
		b.Append(int64(binary.LittleEndian.Uint64(v)))
	case *array.Float32Builder:
		b.Append(math.Float32frombits(binary.LittleEndian.Uint32(v)))
	case *array.Float64Builder:
		b.Append(math.Float64frombits(binary.LittleEndian.Uint64(v)))
	case *array.Decimal128Builder:
		b.Append(decimal128.New(int64(binary.LittleEndian.Uint64(v[8:])), binary.LittleEndian.Uint64(v)))
	case *array.FixedSizeBinaryBuilder:
		b.Append(v)
	case *array.Date32Builder:
		b.Append(arrow.Date32(binary.LittleEndian.Uint32(v)))
	case *array.Time64Builder:
		b.Append(arrow.Time64(binary.LittleEndian.Uint64(v)))
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(binary.LittleEndian.Uint64(v)))
	case *array.MonthDayNanoIntervalBuilder:
		b.Append(arrow.MonthDayNanoInterval{
			Months: int32(binary.LittleEndian.Uint32(v)), Days: int32(binary.LittleEndian.Uint32(v[4:])),
			Nanoseconds: int64(binary.LittleEndian.Uint64(v[8:])),
		})
	default:
		panic(fmt.Sprintf("embedded: a nested value of type %s", b.Type()))
	}
}
