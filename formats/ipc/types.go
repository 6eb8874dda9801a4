package ipc

import (
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/types"
)

// convertFunc makes the layout that we use of another; the caller releases what it returns.
type convertFunc func(a arrow.Array, mem memory.Allocator) (arrow.Array, error)

// typeOf is the type that a column of a file has, Unknown for one that cannot be read, and what makes our layout of it
// where that is another.
func typeOf(dt arrow.DataType) (types.Type, convertFunc) {
	switch dt := dt.(type) {
	case *arrow.DictionaryType:
		t, convert := typeOf(dt.ValueType)
		if t.Kind == types.Text && convert == nil {
			return t, plainTexts
		}
		return types.Type{}, nil
	case *arrow.LargeStringType:
		return types.Of(types.Text), func(a arrow.Array, mem memory.Allocator) (arrow.Array, error) {
			b := array.NewStringBuilder(mem)
			defer b.Release()
			return each(a, b, a.(*array.LargeString).Value, b.Append)
		}
	case *arrow.StringViewType:
		return types.Of(types.Text), func(a arrow.Array, mem memory.Allocator) (arrow.Array, error) {
			b := array.NewStringBuilder(mem)
			defer b.Release()
			return each(a, b, a.(*array.StringView).Value, b.Append)
		}
	case *arrow.LargeBinaryType:
		return types.Of(types.Bytes), func(a arrow.Array, mem memory.Allocator) (arrow.Array, error) {
			b := array.NewBinaryBuilder(mem, arrow.BinaryTypes.Binary)
			defer b.Release()
			return each(a, b, a.(*array.LargeBinary).Value, b.Append)
		}
	case *arrow.Int8Type:
		return types.Of(types.Int16), func(a arrow.Array, mem memory.Allocator) (arrow.Array, error) {
			b := array.NewInt16Builder(mem)
			defer b.Release()
			return each(a, b, a.(*array.Int8).Value, func(v int8) { b.Append(int16(v)) })
		}
	case *arrow.Uint8Type:
		return types.Of(types.Int16), func(a arrow.Array, mem memory.Allocator) (arrow.Array, error) {
			b := array.NewInt16Builder(mem)
			defer b.Release()
			return each(a, b, a.(*array.Uint8).Value, func(v uint8) { b.Append(int16(v)) })
		}
	case *arrow.Uint16Type:
		return types.Of(types.Int32), func(a arrow.Array, mem memory.Allocator) (arrow.Array, error) {
			b := array.NewInt32Builder(mem)
			defer b.Release()
			return each(a, b, a.(*array.Uint16).Value, func(v uint16) { b.Append(int32(v)) })
		}
	case *arrow.Uint32Type:
		return types.Of(types.Int64), func(a arrow.Array, mem memory.Allocator) (arrow.Array, error) {
			b := array.NewInt64Builder(mem)
			defer b.Release()
			return each(a, b, a.(*array.Uint32).Value, func(v uint32) { b.Append(int64(v)) })
		}
	case *arrow.Date64Type:
		return types.Of(types.Date), func(a arrow.Array, mem memory.Allocator) (arrow.Array, error) {
			b := array.NewDate32Builder(mem)
			defer b.Release()
			return each(a, b, a.(*array.Date64).Value, func(v arrow.Date64) { b.Append(arrow.Date32(floor(int64(v), 86_400_000))) })
		}
	case *arrow.TimestampType:
		t := types.Of(types.Timestamp)
		if dt.TimeZone != "" {
			t = types.Of(types.TimestampTZ)
		}
		if dt.Unit == arrow.Microsecond && (dt.TimeZone == "" || dt.TimeZone == "UTC") {
			return t, nil
		}
		return t, micros(t, dt.Unit)
	}
	return exact(dt), nil
}

// exact finds the type whose layout a column has.
func exact(dt arrow.DataType) types.Type {
	switch dt := dt.(type) {
	case *arrow.Decimal128Type:
		if dt.Precision < 1 || dt.Scale < 0 {
			return types.Type{}
		}
		return types.DecimalOf(int(dt.Precision), int(dt.Scale))
	case *arrow.ListType:
		if elem := exact(dt.Elem()); elem.Kind != types.Unknown {
			return types.ArrayOf(elem)
		}
	case *arrow.MapType:
		key, item := exact(dt.KeyType()), exact(dt.ItemType())
		if key.Kind != types.Unknown && item.Kind != types.Unknown {
			return types.MapOf(key, item)
		}
	case *arrow.StructType:
		fields := make([]types.Field, dt.NumFields())
		for i, f := range dt.Fields() {
			if fields[i] = (types.Field{Name: f.Name, Type: exact(f.Type)}); fields[i].Type.Kind == types.Unknown {
				return types.Type{}
			}
		}
		return types.RowOf(fields...)
	default:
		for _, k := range types.Kinds() {
			switch k {
			case types.Decimal, types.JSON, types.Array, types.Map, types.Row:
			default:
				if arrow.TypeEqual(types.Of(k).Arrow(), dt) {
					return types.Of(k)
				}
			}
		}
	}
	return types.Type{}
}

// each puts every value of a through a builder.
func each[T any](a arrow.Array, b array.Builder, value func(int) T, put func(T)) (arrow.Array, error) {
	b.Reserve(a.Len())
	for i := range a.Len() {
		if a.IsNull(i) {
			b.AppendNull()
		} else {
			put(value(i))
		}
	}
	return b.NewArray(), nil
}

func plainTexts(a arrow.Array, mem memory.Allocator) (arrow.Array, error) {
	d := a.(*array.Dictionary)
	words := d.Dictionary().(*array.String)
	b := array.NewStringBuilder(mem)
	defer b.Release()
	b.Reserve(d.Len())
	for i := range d.Len() {
		if d.IsNull(i) || words.IsNull(d.GetValueIndex(i)) {
			b.AppendNull()
		} else {
			b.Append(words.Value(d.GetValueIndex(i)))
		}
	}
	return b.NewArray(), nil
}

// micros makes microseconds of a timestamp's unit.
func micros(t types.Type, unit arrow.TimeUnit) convertFunc {
	times, over := int64(1), int64(1)
	switch unit {
	case arrow.Second:
		times = 1_000_000
	case arrow.Millisecond:
		times = 1000
	case arrow.Nanosecond:
		over = 1000
	}
	return func(a arrow.Array, mem memory.Allocator) (arrow.Array, error) {
		b := array.NewTimestampBuilder(mem, t.Arrow().(*arrow.TimestampType))
		defer b.Release()
		in := a.(*array.Timestamp)
		b.Reserve(in.Len())
		for i := range in.Len() {
			v := int64(in.Value(i))
			switch {
			case in.IsNull(i):
				b.AppendNull()
			case v > math.MaxInt64/times || v < math.MinInt64/times:
				return nil, fmt.Errorf("%d%s is out of range", v, unit)
			default:
				b.Append(arrow.Timestamp(floor(v*times, over)))
			}
		}
		return b.NewArray(), nil
	}
}

// floor is a/b, rounded down.
func floor(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
