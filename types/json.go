package types

import (
	"math"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// AppendJSON appends value i of a, whose type is t, as JSON: null, numbers and Booleans as such, JSON as it is, an
// Array as an array, a Map and a Row as objects, and everything else as a string of its text, a Timestamp with a T
// between date and time. What JSON has no number for (NaN, Infinity) is a string, as PostgreSQL's to_json has it.
func AppendJSON(buf []byte, a arrow.Array, i int, t Type) []byte {
	if a.IsNull(i) {
		return append(buf, "null"...)
	}
	if t.Sys != Plain && t.Kind == Int64 {
		return AppendJSONString(buf, string(AppendText(nil, a, i, t)))
	}
	switch t.Kind {
	case Bool, Int16, Int32, Int64, Decimal, JSON:
		return AppendText(buf, a, i, t)
	case Float32, Float64:
		f := 0.0
		if t.Kind == Float32 {
			f = float64(a.(*array.Float32).Value(i))
		} else {
			f = a.(*array.Float64).Value(i)
		}
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return append(AppendText(append(buf, '"'), a, i, t), '"')
		}
		return AppendText(buf, a, i, t)
	case Text:
		return AppendJSONString(buf, a.(*array.String).Value(i))
	case Timestamp, TimestampTZ:
		from := len(buf)
		buf = append(AppendText(append(buf, '"'), a, i, t), '"')
		for k := from; k < len(buf); k++ {
			if buf[k] == ' ' {
				buf[k] = 'T'
				break
			}
		}
		if t.Kind == TimestampTZ && string(buf[len(buf)-4:]) == `+00"` {
			buf = append(buf[:len(buf)-1], `:00"`...)
		}
		return buf
	case Array:
		list := a.(*array.List)
		start, end := list.ValueOffsets(i)
		buf = append(buf, '[')
		for j := start; j < end; j++ {
			if j > start {
				buf = append(buf, ',')
			}
			buf = AppendJSON(buf, list.ListValues(), int(j), *t.Elem)
		}
		return append(buf, ']')
	case Map:
		m := a.(*array.Map)
		start, end := m.ValueOffsets(i)
		buf = append(buf, '{')
		for j := start; j < end; j++ {
			if j > start {
				buf = append(buf, ',')
			}
			buf = AppendJSONString(buf, string(AppendText(nil, m.Keys(), int(j), *t.Key)))
			buf = append(buf, ':')
			buf = AppendJSON(buf, m.Items(), int(j), *t.Elem)
		}
		return append(buf, '}')
	case Row:
		s := a.(*array.Struct)
		buf = append(buf, '{')
		for j, f := range t.Fields {
			if j > 0 {
				buf = append(buf, ',')
			}
			buf = append(AppendJSONString(buf, f.Name), ':')
			buf = AppendJSON(buf, s.Field(j), i, f.Type)
		}
		return append(buf, '}')
	}
	return AppendJSONString(buf, string(AppendText(nil, a, i, t)))
}

// AppendJSONString appends s as a JSON string. Bytes that are not UTF-8 become U+FFFD.
func AppendJSONString(buf []byte, s string) []byte {
	const hexDigits = "0123456789abcdef"
	buf = append(buf, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				buf = append(append(buf, s[from:i]...), "\ufffd"...)
				from = i + 1
			}
			i += size
			continue
		}
		if c >= ' ' && c != '"' && c != '\\' {
			i++
			continue
		}
		buf = append(buf, s[from:i]...)
		switch c {
		case '"', '\\':
			buf = append(buf, '\\', c)
		case '\n':
			buf = append(buf, `\n`...)
		case '\r':
			buf = append(buf, `\r`...)
		case '\t':
			buf = append(buf, `\t`...)
		default:
			buf = append(buf, `\u00`...)
			buf = append(buf, hexDigits[c>>4], hexDigits[c&15])
		}
		i++
		from = i
	}
	return append(append(buf, s[from:]...), '"')
}
