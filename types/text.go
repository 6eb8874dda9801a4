package types

import (
	"encoding/hex"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
)

// AppendText appends value i of a, whose type is t, as PostgreSQL's cast to text writes it: "true", 12.50, 1e+20,
// 2026-01-01 00:00:10.5, \xdead, "1 mon -1 days +02:00:00", {a,NULL,"b c"}, (1,,x). A Map is written as a JSON object.
// A NULL adds nothing: what stands for it is the caller's matter.
func AppendText(buf []byte, a arrow.Array, i int, t Type) []byte {
	if a.IsNull(i) {
		return buf
	}
	switch t.Kind {
	case Bool:
		return strconv.AppendBool(buf, a.(*array.Boolean).Value(i))
	case Int16:
		return strconv.AppendInt(buf, int64(a.(*array.Int16).Value(i)), 10)
	case Int32:
		return strconv.AppendInt(buf, int64(a.(*array.Int32).Value(i)), 10)
	case Int64:
		if t.Sys != Plain {
			return appendSys(buf, a.(*array.Int64).Value(i), t)
		}
		return strconv.AppendInt(buf, a.(*array.Int64).Value(i), 10)
	case Float32:
		return AppendFloat(buf, float64(a.(*array.Float32).Value(i)), 32)
	case Float64:
		return AppendFloat(buf, a.(*array.Float64).Value(i), 64)
	case Decimal:
		return AppendDecimal(buf, a.(*array.Decimal128).Value(i), t.Scale)
	case Text, JSON:
		return append(buf, a.(*array.String).Value(i)...)
	case Bytes:
		return AppendBytes(buf, a.(*array.Binary).Value(i))
	case Date:
		return AppendDate(buf, int32(a.(*array.Date32).Value(i)))
	case Time:
		return AppendTime(buf, int64(a.(*array.Time64).Value(i)))
	case Timestamp:
		return AppendTimestamp(buf, int64(a.(*array.Timestamp).Value(i)))
	case TimestampTZ:
		return AppendTimestampTZ(buf, int64(a.(*array.Timestamp).Value(i)))
	case Interval:
		return AppendInterval(buf, a.(*array.MonthDayNanoInterval).Value(i))
	case UUID:
		return AppendUUID(buf, a.(*array.FixedSizeBinary).Value(i))
	case Array:
		if t.Sys.Vector() {
			return appendVector(buf, a.(*array.List), i, *t.Elem)
		}
		return appendArray(buf, a.(*array.List), i, *t.Elem)
	case Map:
		return AppendJSON(buf, a, i, t)
	case Row:
		return appendRow(buf, a.(*array.Struct), i, t.Fields)
	}
	panic(fmt.Sprintf("no text for a value of type %s", t))
}

// AppendFloat appends the shortest digits that read back as f, which has 32 or 64 bits. As in PostgreSQL, exponents
// are used below 1e-4 and from 1e15 (32 bits: 1e6) on.
func AppendFloat(buf []byte, f float64, bitSize int) []byte {
	switch {
	case math.IsNaN(f):
		return append(buf, "NaN"...)
	case math.IsInf(f, 1):
		return append(buf, "Infinity"...)
	case math.IsInf(f, -1):
		return append(buf, "-Infinity"...)
	}
	low, high := 1e-4, 1e15
	if bitSize == 32 {
		low, high = float64(float32(1e-4)), 1e6
	}
	if abs := math.Abs(f); abs != 0 && (abs < low || abs >= high) {
		return strconv.AppendFloat(buf, f, 'e', -1, bitSize)
	}
	return strconv.AppendFloat(buf, f, 'f', -1, bitSize)
}

// tenTo19 is the largest power of ten in 64 bits.
const tenTo19 = 10_000_000_000_000_000_000

// AppendDecimal appends the number n / 10^scale with all digits of its scale: 12.50.
func AppendDecimal(buf []byte, n decimal128.Num, scale int) []byte {
	if n.Sign() < 0 {
		buf = append(buf, '-')
		n = n.Negate()
	}
	var digits [40]byte // 2^127 has 39
	at := len(digits)
	hi, lo := uint64(n.HighBits()), n.LowBits()
	for hi != 0 {
		var rest uint64
		hi, rest = hi/tenTo19, hi%tenTo19
		lo, rest = bits.Div64(rest, lo, tenTo19)
		for range 19 {
			at--
			digits[at] = byte('0' + rest%10)
			rest /= 10
		}
	}
	for ; lo != 0; lo /= 10 {
		at--
		digits[at] = byte('0' + lo%10)
	}
	have := digits[at:]
	if len(have) > scale {
		buf = append(buf, have[:len(have)-scale]...)
		have = have[len(have)-scale:]
	} else {
		buf = append(buf, '0')
	}
	if scale > 0 {
		buf = append(buf, '.')
		for range scale - len(have) {
			buf = append(buf, '0')
		}
		buf = append(buf, have...)
	}
	return buf
}

// AppendBytes appends a BYTEA in hexadecimal: \xdead.
func AppendBytes(buf, b []byte) []byte { return hex.AppendEncode(append(buf, `\x`...), b) }

// AppendUUID appends the 16 bytes of a UUID in groups of 8, 4, 4, 4 and 12 digits.
func AppendUUID(buf, u []byte) []byte {
	for i, end := range [...]int{4, 6, 8, 10, 16} {
		if i > 0 {
			buf = append(buf, '-')
		}
		buf = hex.AppendEncode(buf, u[:end][[...]int{0, 4, 6, 8, 10}[i]:])
	}
	return buf
}

// AppendDate appends a day counted from 1970-01-01: 2026-01-31; before the year 1 with BC behind it.
func AppendDate(buf []byte, day int32) []byte {
	buf, bc := appendCivil(buf, int64(day))
	return appendEra(buf, bc)
}

// AppendTime appends microseconds since midnight: 04:05:06, with a fraction where there is one.
func AppendTime(buf []byte, micros int64) []byte {
	buf = appendTwo(buf, micros/MicrosPerHour)
	buf = append(buf, ':')
	buf = appendTwo(buf, micros/MicrosPerMinute%60)
	buf = append(buf, ':')
	buf = appendTwo(buf, micros/MicrosPerSecond%60)
	return appendFraction(buf, micros%MicrosPerSecond, 6)
}

// AppendTimestamp appends microseconds since the epoch: 2026-01-01 00:00:10.5.
func AppendTimestamp(buf []byte, micros int64) []byte {
	day, ofDay := SplitDay(micros)
	buf, bc := appendCivil(buf, day)
	return appendEra(AppendTime(append(buf, ' '), ofDay), bc)
}

// AppendTimestampTZ is AppendTimestamp with the zone, UTC: 2026-01-01 00:00:10+00.
func AppendTimestampTZ(buf []byte, micros int64) []byte {
	day, ofDay := SplitDay(micros)
	buf, bc := appendCivil(buf, day)
	return appendEra(append(AppendTime(append(buf, ' '), ofDay), "+00"...), bc)
}

// AppendInterval appends an interval in PostgreSQL's own style: 1 year 2 mons -3 days +04:05:06.
func AppendInterval(buf []byte, v arrow.MonthDayNanoInterval) []byte {
	start, negative := len(buf), false
	part := func(n int64, unit string) {
		if n == 0 {
			return
		}
		if len(buf) > start {
			buf = append(buf, ' ')
		}
		if negative && n > 0 {
			buf = append(buf, '+')
		}
		negative = n < 0
		buf = append(strconv.AppendInt(buf, n, 10), unit...)
		if n != 1 {
			buf = append(buf, 's')
		}
	}
	part(int64(v.Months/12), " year")
	part(int64(v.Months%12), " mon")
	part(int64(v.Days), " day")
	if v.Nanoseconds == 0 && len(buf) > start {
		return buf
	}
	if len(buf) > start {
		buf = append(buf, ' ')
	}
	nanos := uint64(v.Nanoseconds)
	if v.Nanoseconds < 0 {
		buf = append(buf, '-')
		nanos = -nanos
	} else if negative {
		buf = append(buf, '+')
	}
	const second = 1_000_000_000
	buf = appendTwo(buf, int64(nanos/(3600*second)))
	buf = append(buf, ':')
	buf = appendTwo(buf, int64(nanos/(60*second)%60))
	buf = append(buf, ':')
	buf = appendTwo(buf, int64(nanos/second%60))
	return appendFraction(buf, int64(nanos%second), 9)
}

// appendCivil appends year, month and day and says whether the year is one before 1.
func appendCivil(buf []byte, days int64) ([]byte, bool) {
	year, month, day := Civil(days)
	bc := year <= 0
	if bc {
		year = 1 - year
	}
	for limit := int64(1000); limit > 1 && year < limit; limit /= 10 {
		buf = append(buf, '0')
	}
	buf = strconv.AppendInt(buf, year, 10)
	buf = appendTwo(append(buf, '-'), int64(month))
	return appendTwo(append(buf, '-'), int64(day)), bc
}

func appendEra(buf []byte, bc bool) []byte {
	if bc {
		return append(buf, " BC"...)
	}
	return buf
}

// appendTwo appends a number with at least two digits.
func appendTwo(buf []byte, n int64) []byte {
	if n < 10 {
		buf = append(buf, '0')
	}
	return strconv.AppendInt(buf, n, 10)
}

// appendFraction appends a point and the digits of n / 10^digits up to the last that is not zero.
func appendFraction(buf []byte, n int64, digits int) []byte {
	if n == 0 {
		return buf
	}
	var d [9]byte
	for i := digits - 1; i >= 0; i-- {
		d[i] = byte('0' + n%10)
		n /= 10
	}
	for d[digits-1] == '0' {
		digits--
	}
	return append(append(buf, '.'), d[:digits]...)
}

// appendElement appends a value that is part of another. There, PostgreSQL writes a Boolean as t or f.
func appendElement(buf []byte, a arrow.Array, i int, t Type) []byte {
	if t.Kind == Bool {
		if a.(*array.Boolean).Value(i) {
			return append(buf, 't')
		}
		return append(buf, 'f')
	}
	return AppendText(buf, a, i, t)
}

func appendArray(buf []byte, list *array.List, i int, elem Type) []byte {
	buf = append(buf, '{')
	values := list.ListValues()
	start, end := list.ValueOffsets(i)
	for j := start; j < end; j++ {
		if j > start {
			buf = append(buf, ',')
		}
		if values.IsNull(int(j)) {
			buf = append(buf, "NULL"...)
			continue
		}
		from := len(buf)
		buf = appendElement(buf, values, int(j), elem)
		if (elem.Kind != Array || elem.Sys != Plain) && elementNeedsQuotes(string(buf[from:])) {
			buf = quoteFrom(buf, from, `\`)
		}
	}
	return append(buf, '}')
}

// appendVector is appendArray of a vector, whose elements have only spaces between them.
func appendVector(buf []byte, list *array.List, i int, elem Type) []byte {
	start, end := list.ValueOffsets(i)
	for j := start; j < end; j++ {
		if j > start {
			buf = append(buf, ' ')
		}
		buf = AppendText(buf, list.ListValues(), int(j), elem)
	}
	return buf
}

func elementNeedsQuotes(s string) bool {
	return s == "" || strings.EqualFold(s, "NULL") || strings.ContainsAny(s, "{}\",\\ \t\n\v\f\r")
}

func appendRow(buf []byte, row *array.Struct, i int, fields []Field) []byte {
	buf = append(buf, '(')
	for j, f := range fields {
		if j > 0 {
			buf = append(buf, ',')
		}
		values := row.Field(j)
		if values.IsNull(i) {
			continue
		}
		from := len(buf)
		buf = appendElement(buf, values, i, f.Type)
		if s := string(buf[from:]); s == "" || strings.ContainsAny(s, "(),\"\\ \t\n\v\f\r") {
			buf = quoteFrom(buf, from, "")
		}
	}
	return append(buf, ')')
}

// quoteFrom puts what follows from into double quotes. A quote and a backslash in it get escape in front, or are
// written twice where escape is empty.
func quoteFrom(buf []byte, from int, escape string) []byte {
	raw := string(buf[from:])
	buf = append(buf[:from], '"')
	for k := range len(raw) {
		if c := raw[k]; c == '"' || c == '\\' {
			if escape == "" {
				buf = append(buf, c)
			} else {
				buf = append(buf, escape...)
			}
		}
		buf = append(buf, raw[k])
	}
	return append(buf, '"')
}
