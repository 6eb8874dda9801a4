package types

import (
	"encoding/binary"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/sqlerr"
)

// PostgreSQL's binary format of values, as its send and recv functions have it: numbers big-endian, points in time from
// 2000-01-01 on. A Map goes as JSON.

// pgEpoch is the day that PostgreSQL counts from, and what that is in microseconds.
const (
	pgEpochDays   = 10957
	pgEpochMicros = pgEpochDays * MicrosPerDay
)

// AppendPG appends value i of a, whose type is t and which is not NULL, in PostgreSQL's binary format. It fails with 2202E
// for an array of arrays that are not all as long, and with 22008 for a point in time that PostgreSQL does not have.
func AppendPG(buf []byte, a arrow.Array, i int, t Type) ([]byte, error) {
	be := binary.BigEndian
	switch t.Kind {
	case Bool:
		if a.(*array.Boolean).Value(i) {
			return append(buf, 1), nil
		}
		return append(buf, 0), nil
	case Int16:
		return be.AppendUint16(buf, uint16(a.(*array.Int16).Value(i))), nil
	case Int32:
		return be.AppendUint32(buf, uint32(a.(*array.Int32).Value(i))), nil
	case Int64:
		if t.Sys != Plain && t.Sys.row().width == 4 {
			return be.AppendUint32(buf, uint32(a.(*array.Int64).Value(i))), nil
		}
		return be.AppendUint64(buf, uint64(a.(*array.Int64).Value(i))), nil
	case Float32:
		return be.AppendUint32(buf, math.Float32bits(a.(*array.Float32).Value(i))), nil
	case Float64:
		return be.AppendUint64(buf, math.Float64bits(a.(*array.Float64).Value(i))), nil
	case Decimal:
		return appendPGNumeric(buf, string(AppendDecimal(nil, a.(*array.Decimal128).Value(i), t.Scale)), t.Scale), nil
	case Text, JSON:
		if t.Sys == SysInet {
			return appendPGInet(buf, a.(*array.String).Value(i))
		}
		if v := a.(*array.String).Value(i); v != "" || t.Sys != SysChar {
			return append(buf, v...), nil
		}
		return append(buf, 0), nil
	case Bytes:
		return append(buf, a.(*array.Binary).Value(i)...), nil
	case UUID:
		return append(buf, a.(*array.FixedSizeBinary).Value(i)...), nil
	case Date:
		day := int64(a.(*array.Date32).Value(i)) - pgEpochDays
		if day < math.MinInt32 {
			return buf, sqlerr.New(sqlerr.DatetimeOverflow, 0, "date out of range")
		}
		return be.AppendUint32(buf, uint32(day)), nil
	case Time:
		return be.AppendUint64(buf, uint64(a.(*array.Time64).Value(i))), nil
	case Timestamp, TimestampTZ:
		v := int64(a.(*array.Timestamp).Value(i))
		if v < math.MinInt64+pgEpochMicros+1 { // the least number is -infinity there
			return buf, sqlerr.New(sqlerr.DatetimeOverflow, 0, "timestamp out of range")
		}
		return be.AppendUint64(buf, uint64(v-pgEpochMicros)), nil
	case Interval:
		v := a.(*array.MonthDayNanoInterval).Value(i)
		buf = be.AppendUint64(buf, uint64(v.Nanoseconds/1000))
		return be.AppendUint32(be.AppendUint32(buf, uint32(v.Days)), uint32(v.Months)), nil
	case Array:
		return appendPGArray(buf, a.(*array.List), i, t)
	case Map:
		return AppendJSON(buf, a, i, t), nil
	case Row:
		return appendPGRow(buf, a.(*array.Struct), i, t)
	}
	return buf, sqlerr.New(sqlerr.CannotCoerce, 0, "a value of type %s has no binary form", t)
}

// appendPGInet writes an address with the number of its family, of its bits and of its bytes.
func appendPGInet(buf []byte, text string) ([]byte, error) {
	a, err := netip.ParseAddr(text)
	if err != nil {
		return buf, badText(SysOf(SysInet), text)
	}
	a = a.WithZone("")
	family := byte(2)
	if a.Is6() {
		family = 3
	}
	buf = append(buf, family, byte(a.BitLen()), 0, byte(a.BitLen()/8))
	return append(buf, a.AsSlice()...), nil
}

// readPGInet reads what appendPGInet writes; "": it is none, or a network, which has fewer bits than an address.
func readPGInet(s string) string {
	if len(s) > 4 {
		if a, ok := netip.AddrFromSlice([]byte(s[4:])); ok && int(s[1]) == a.BitLen() && int(s[3]) == len(s)-4 {
			return a.String()
		}
	}
	return ""
}

// appendPGNumeric writes digits in base 10,000, counted from the decimal point; weight is the power of the first one.
func appendPGNumeric(buf []byte, text string, scale int) []byte {
	sign := uint16(0)
	if text[0] == '-' {
		sign, text = 0x4000, text[1:]
	}
	whole, fraction, _ := strings.Cut(text, ".")
	whole = strings.Repeat("0", (4-len(whole)%4)%4) + whole
	fraction += strings.Repeat("0", (4-len(fraction)%4)%4)
	digits := whole + fraction
	weight := len(whole)/4 - 1
	for strings.HasPrefix(digits, "0000") {
		digits = digits[4:]
		weight--
	}
	for strings.HasSuffix(digits, "0000") {
		digits = digits[:len(digits)-4]
	}
	if digits == "" {
		weight, sign = 0, 0
	}
	be := binary.BigEndian
	buf = be.AppendUint16(buf, uint16(len(digits)/4))
	buf = be.AppendUint16(buf, uint16(int16(weight)))
	buf = be.AppendUint16(be.AppendUint16(buf, sign), uint16(scale))
	for ; digits != ""; digits = digits[4:] {
		d := uint16(digits[0]-'0')*1000 + uint16(digits[1]-'0')*100 + uint16(digits[2]-'0')*10 + uint16(digits[3]-'0')
		buf = be.AppendUint16(buf, d)
	}
	return buf
}

// appendPGField writes a value with its length in front, -1 for NULL.
func appendPGField(buf []byte, a arrow.Array, i int, t Type) ([]byte, error) {
	be := binary.BigEndian
	if a.IsNull(i) {
		return be.AppendUint32(buf, math.MaxUint32), nil
	}
	at := len(buf)
	buf, err := AppendPG(append(buf, 0, 0, 0, 0), a, i, t)
	be.PutUint32(buf[at:], uint32(len(buf)-at-4))
	return buf, err
}

// appendPGArray writes the number of dimensions, whether there are NULLs, the elements' type, each dimension's length and
// first position, and the elements of all of them in order.
func appendPGArray(buf []byte, l *array.List, i int, t Type) ([]byte, error) {
	var dims []int
	from, to := l.ValueOffsets(i)
	elems, elem := l.ListValues(), *t.Elem
	n := int(to - from)
	for dims = append(dims, n); elem.Kind == Array && n > 0; dims = append(dims, n) {
		inner := elems.(*array.List)
		first, end := inner.ValueOffsets(int(from))
		for k := from; k < to; k++ {
			low, high := inner.ValueOffsets(int(k))
			if inner.IsNull(int(k)) || high-low != end-first {
				return buf, sqlerr.New("2202E", 0, "multidimensional arrays must have sub-arrays with matching dimensions")
			}
			end, first = high, low
		}
		from, _ = inner.ValueOffsets(int(from))
		_, to = inner.ValueOffsets(int(to) - 1)
		n = int(end - first)
		elems, elem = inner.ListValues(), *elem.Elem
	}
	for elem.Kind == Array {
		elem = *elem.Elem
	}
	be := binary.BigEndian
	nulls := uint32(0)
	for k := from; k < to; k++ {
		if elems.IsNull(int(k)) {
			nulls = 1
		}
	}
	if n == 0 {
		dims, to = nil, from
	}
	buf = be.AppendUint32(buf, uint32(len(dims)))
	buf = be.AppendUint32(be.AppendUint32(buf, nulls), elem.OID())
	first := uint32(1)
	if t.Sys.Vector() {
		first = 0
	}
	for _, d := range dims {
		buf = be.AppendUint32(be.AppendUint32(buf, uint32(d)), first)
	}
	var err error
	for k := from; k < to && err == nil; k++ {
		buf, err = appendPGField(buf, elems, int(k), elem)
	}
	return buf, err
}

func appendPGRow(buf []byte, s *array.Struct, i int, t Type) ([]byte, error) {
	be := binary.BigEndian
	buf = be.AppendUint32(buf, uint32(len(t.Fields)))
	var err error
	for k, f := range t.Fields {
		if buf, err = appendPGField(be.AppendUint32(buf, f.Type.OID()), s.Field(k), i, f.Type); err != nil {
			break
		}
	}
	return buf, err
}

// DecodePG reads a value of type t in PostgreSQL's binary format and appends it to b, a builder of t's layout. It fails
// with 22P03 where data is no such value, with 22021 where a text in it is not UTF-8, and with 22003 or 22008 for one that t does not hold.
func DecodePG(b array.Builder, data []byte, t Type) error {
	r := pgReader{data: data, t: t}
	r.value(b, t)
	if r.err == nil && len(r.data) > 0 {
		r.bad()
	}
	return r.err
}

type pgReader struct {
	data []byte
	t    Type
	err  error
}

func (r *pgReader) bad() {
	if r.err == nil {
		r.err = sqlerr.New("22P03", 0, "incorrect binary data format for type %s", r.t)
	}
	r.data = nil
}

// take cuts n bytes off; zeros where there are not as many.
func (r *pgReader) take(n int) []byte {
	if n < 0 || n > len(r.data) {
		r.bad()
		return make([]byte, min(max(n, 0), 16))
	}
	out := r.data[:n]
	r.data = r.data[n:]
	return out
}

func (r *pgReader) u16() uint16 { return binary.BigEndian.Uint16(r.take(2)) }
func (r *pgReader) u32() uint32 { return binary.BigEndian.Uint32(r.take(4)) }
func (r *pgReader) u64() uint64 { return binary.BigEndian.Uint64(r.take(8)) }

// text is all that is left.
func (r *pgReader) text() string {
	out := string(r.data)
	r.data = nil
	return out
}

// value reads all of data, which is one value. A builder gets no value where there is an error.
func (r *pgReader) value(b array.Builder, t Type) {
	switch t.Kind {
	case Bool:
		if v := r.take(1)[0]; r.err == nil {
			b.(*array.BooleanBuilder).Append(v != 0)
		}
	case Int16:
		if v := r.u16(); r.err == nil {
			b.(*array.Int16Builder).Append(int16(v))
		}
	case Int32:
		if v := r.u32(); r.err == nil {
			b.(*array.Int32Builder).Append(int32(v))
		}
	case Int64:
		if t.Sys != Plain && t.Sys.row().width == 4 {
			if v := r.u32(); r.err == nil {
				b.(*array.Int64Builder).Append(int64(v))
			}
			return
		}
		if v := r.u64(); r.err == nil {
			b.(*array.Int64Builder).Append(int64(v))
		}
	case Float32:
		if v := r.u32(); r.err == nil {
			b.(*array.Float32Builder).Append(math.Float32frombits(v))
		}
	case Float64:
		if v := r.u64(); r.err == nil {
			b.(*array.Float64Builder).Append(math.Float64frombits(v))
		}
	case Decimal:
		text := r.numeric()
		if r.err != nil {
			return
		}
		v, err := ParseDecimal(text, t)
		if r.err = err; err == nil {
			b.(*array.Decimal128Builder).Append(v)
		}
	case Text:
		s := r.text()
		switch {
		case t.Sys == SysChar && s == "\x00":
			s = ""
		case t.Sys != SysInet && (!utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0):
			r.err = notUTF8()
			return
		case t.Sys == SysInet:
			if s = readPGInet(s); s == "" {
				r.bad()
				return
			}
		}
		b.(*array.StringBuilder).Append(CutSys(s, t))
	case JSON:
		s := r.text()
		if !utf8.ValidString(s) {
			r.err = notUTF8()
		} else if r.err = CheckJSON(s); r.err == nil {
			b.(*array.StringBuilder).Append(s)
		}
	case Bytes:
		b.(*array.BinaryBuilder).Append([]byte(r.text()))
	case UUID:
		if v := r.take(16); r.err == nil {
			b.(*array.FixedSizeBinaryBuilder).Append(v)
		}
	case Date:
		if v := int64(int32(r.u32())) + pgEpochDays; r.err == nil {
			r.within(v < math.MaxInt32 && v > math.MinInt32+pgEpochDays, "date")
			if r.err == nil {
				b.(*array.Date32Builder).Append(arrow.Date32(v))
			}
		}
	case Time:
		if v := int64(r.u64()); r.err == nil {
			r.within(v >= 0 && v <= MicrosPerDay, "time")
			if r.err == nil {
				b.(*array.Time64Builder).Append(arrow.Time64(v))
			}
		}
	case Timestamp, TimestampTZ:
		if v := int64(r.u64()); r.err == nil {
			r.within(v > math.MinInt64 && v < math.MaxInt64-pgEpochMicros, "timestamp")
			if r.err == nil {
				b.(*array.TimestampBuilder).Append(arrow.Timestamp(v + pgEpochMicros))
			}
		}
	case Interval:
		micros, days, months := int64(r.u64()), int32(r.u32()), int32(r.u32())
		if r.err == nil {
			r.within(micros <= math.MaxInt64/1000 && micros >= math.MinInt64/1000, "interval")
			if r.err == nil {
				b.(*array.MonthDayNanoIntervalBuilder).Append(arrow.MonthDayNanoInterval{Months: months, Days: days, Nanoseconds: micros * 1000})
			}
		}
	case Array:
		r.array(b.(*array.ListBuilder), t)
	case Row:
		r.row(b.(*array.StructBuilder), t)
	default:
		r.err = sqlerr.New(sqlerr.FeatureNotSupported, 0, "a value of type %s is not read in binary", t).WithHint("Send it as text.")
	}
}

func notUTF8() error {
	return sqlerr.New(sqlerr.InvalidCharacter, 0, `invalid byte sequence for encoding "UTF8"`)
}

func (r *pgReader) within(ok bool, what string) {
	if !ok && r.err == nil {
		r.err = sqlerr.New(sqlerr.DatetimeOverflow, 0, "%s out of range", what).WithHint("There is no infinity.")
	}
}

// numeric gives the digits as text.
func (r *pgReader) numeric() string {
	n, weight, sign, scale := int(r.u16()), int(int16(r.u16())), r.u16(), int(r.u16())
	if r.err != nil || n > len(r.data)/2 || weight > 1000 || weight < -1000 || scale > 16383 {
		r.bad()
		return ""
	}
	var b strings.Builder
	switch sign {
	case 0:
	case 0x4000:
		b.WriteByte('-')
	default: // NaN and the infinities
		r.err = sqlerr.New(sqlerr.NumericOutOfRange, 0, "NaN and infinity are no values of %s", r.t)
		return ""
	}
	digit := func(k int) string { // that of the power k of 10,000
		at := weight - k
		if at < 0 || at >= n {
			return "0000"
		}
		d := int(binary.BigEndian.Uint16(r.data[2*at:]))
		if d > 9999 {
			r.bad()
			return "0000"
		}
		s := strconv.Itoa(d)
		return "0000"[len(s):] + s
	}
	for k := max(weight, 0); k >= 0 && r.err == nil; k-- {
		b.WriteString(digit(k))
	}
	b.WriteByte('.')
	for k := -1; k >= min(weight-n+1, -1) && r.err == nil; k-- {
		b.WriteString(digit(k))
	}
	if r.err == nil {
		r.data = r.data[2*n:]
	}
	return b.String()
}

// field reads a value with its length in front.
func (r *pgReader) field(b array.Builder, t Type) {
	n := int32(r.u32())
	if r.err != nil {
		return
	}
	if n == -1 {
		b.AppendNull()
		return
	}
	inner := pgReader{data: r.take(int(n)), t: t}
	if r.err != nil {
		return
	}
	inner.value(b, t)
	if inner.err == nil && len(inner.data) > 0 {
		inner.bad()
	}
	r.err = inner.err
}

func (r *pgReader) array(b *array.ListBuilder, t Type) {
	dims, _, oid := int(r.u32()), r.u32(), r.u32()
	depth, elem := 1, *t.Elem
	for elem.Kind == Array {
		depth, elem = depth+1, *elem.Elem
	}
	if r.err != nil || dims != 0 && dims != depth || dims != 0 && oid != elem.OID() {
		r.bad()
		return
	}
	if dims == 0 {
		b.Append(true)
		return
	}
	lengths, total := make([]int, dims), 1
	for k := range lengths {
		lengths[k] = int(int32(r.u32()))
		r.u32()                                                                     // the first position
		if lengths[k] < 0 || r.err != nil || lengths[k] > (len(r.data)/4+1)/total { // an element takes four bytes
			r.bad()
			return
		}
		total *= max(1, lengths[k])
	}
	if slices.Contains(lengths, 0) { // no element in any dimension: as PostgreSQL has it, no dimensions
		b.Append(true)
		return
	}
	r.dimension(b, t, lengths)
}

func (r *pgReader) dimension(b *array.ListBuilder, t Type, lengths []int) {
	b.Append(true)
	for range lengths[0] {
		if r.err != nil {
			return
		}
		if len(lengths) > 1 {
			r.dimension(b.ValueBuilder().(*array.ListBuilder), *t.Elem, lengths[1:])
		} else {
			r.field(b.ValueBuilder(), *t.Elem)
		}
	}
}

func (r *pgReader) row(b *array.StructBuilder, t Type) {
	if n := int(r.u32()); n != len(t.Fields) {
		r.bad()
		return
	}
	b.Append(true)
	for k, f := range t.Fields {
		if oid := r.u32(); r.err == nil && oid != f.Type.OID() {
			r.bad()
		}
		if r.err != nil {
			return
		}
		r.field(b.FieldBuilder(k), f.Type)
	}
}
