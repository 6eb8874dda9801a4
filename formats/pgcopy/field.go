package pgcopy

import (
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"millrace/sqlerr"
	"millrace/types"
)

// view is b as a string, for as long as b is not changed.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// appender appends the value that a text is to a builder.
type appender func(text []byte) error

func parsed[T any](parse func(string) (T, error), add func(T)) appender {
	return func(text []byte) error {
		v, err := parse(view(text))
		if err == nil {
			add(v)
		}
		return err
	}
}

func integer[T int16 | int32 | int64](t types.Type, add func(T)) appender {
	return func(text []byte) error {
		if n, ok := digits(text); ok && int64(T(n)) == n {
			add(T(n))
			return nil
		}
		v, err := types.ParseInt(string(text), t)
		if err == nil {
			add(T(v))
		}
		return err
	}
}

// digits reads what nearly all numbers are: a sign and up to 18 digits.
func digits(text []byte) (n int64, ok bool) {
	negative := len(text) > 0 && text[0] == '-'
	if negative {
		text = text[1:]
	}
	if len(text) == 0 || len(text) > 18 {
		return 0, false
	}
	for _, c := range text {
		if c -= '0'; c > 9 {
			return 0, false
		}
		n = n*10 + int64(c)
	}
	if negative {
		n = -n
	}
	return n, true
}

// newAppender is that of a type. It is decided once a column, and there is an error for a type that COPY does not read
// from text.
func newAppender(b array.Builder, t types.Type) (appender, error) {
	switch b := b.(type) {
	case *array.BooleanBuilder:
		return parsed(types.ParseBool, b.Append), nil
	case *array.Int16Builder:
		return integer(t, b.Append), nil
	case *array.Int32Builder:
		return integer(t, b.Append), nil
	case *array.Int64Builder:
		return integer(t, b.Append), nil
	case *array.Float32Builder:
		return parsed(func(s string) (float64, error) { return types.ParseFloat(s, t) }, func(v float64) { b.Append(float32(v)) }), nil
	case *array.Float64Builder:
		return parsed(func(s string) (float64, error) { return types.ParseFloat(s, t) }, b.Append), nil
	case *array.Decimal128Builder:
		return parsed(func(s string) (decimal128.Num, error) { return types.ParseDecimal(s, t) }, b.Append), nil
	case *array.StringBuilder:
		if t.Kind == types.JSON {
			return parsed(func(s string) (string, error) { return s, types.CheckJSON(s) }, b.Append), nil
		}
		return func(text []byte) error { b.BinaryBuilder.Append(text); return nil }, nil
	case *array.BinaryBuilder:
		return parsed(types.ParseBytes, b.Append), nil
	case *array.Date32Builder:
		return parsed(types.ParseDate, func(v int32) { b.Append(arrow.Date32(v)) }), nil
	case *array.Time64Builder:
		return parsed(types.ParseTime, func(v int64) { b.Append(arrow.Time64(v)) }), nil
	case *array.TimestampBuilder:
		parse := types.ParseTimestamp
		if t.Kind == types.TimestampTZ {
			parse = types.ParseTimestampTZ
		}
		return parsed(parse, func(v int64) { b.Append(arrow.Timestamp(v)) }), nil
	case *array.MonthDayNanoIntervalBuilder:
		return parsed(types.ParseInterval, b.Append), nil
	case *array.FixedSizeBinaryBuilder:
		return parsed(types.ParseUUID, func(u [16]byte) { b.Append(u[:]) }), nil
	case *array.ListBuilder:
		if t.Kind == types.Array {
			return list(b, t)
		}
	}
	return nil, sqlerr.Unsupported(0, "COPY of a column of type "+t.String()+" from text", "Leave it out of the list of columns, or use INSERT.")
}

// list reads an array: {a,"b c",NULL}.
func list(b *array.ListBuilder, t types.Type) (appender, error) {
	nested := t.Elem.Kind == types.Array
	elem, err := newAppender(b.ValueBuilder(), *t.Elem)
	if err != nil {
		return nil, err
	}
	var items []types.Item
	return func(text []byte) error {
		got, err := types.SplitArray(items[:0], string(text), nested)
		if err != nil {
			return err
		}
		if !nested { // those of inner arrays are needed until all of them are read
			items = got
		}
		// all or nothing: a builder can't take back what it has
		b.Append(true)
		for _, it := range got {
			if it.Null {
				b.ValueBuilder().AppendNull()
			} else if err := elem([]byte(it.Text)); err != nil {
				return err
			}
		}
		return nil
	}, nil
}
