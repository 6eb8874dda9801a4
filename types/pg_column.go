package types

import (
	"encoding/binary"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// PGColumn writes the values of one column, in text or in PostgreSQL's binary format. How is decided once, so that what
// runs for a value knows its type. For one goroutine.
type PGColumn struct {
	valid  []byte // nil: no value is NULL
	offset int
	value  func(buf []byte, i int) []byte
	slow   func(buf []byte, i int) ([]byte, error) // of types whose values may have no such form
}

// NewPGColumn makes the writer of a, whose type is t.
func NewPGColumn(a arrow.Array, t Type, inBinary bool) *PGColumn {
	c := &PGColumn{offset: a.Data().Offset()}
	if a.NullN() > 0 {
		c.valid = a.NullBitmapBytes()
	}
	if inBinary {
		c.inBinary(a, t)
	} else {
		c.inText(a, t)
	}
	return c
}

// Null reports whether value i is NULL.
func (c *PGColumn) Null(i int) bool {
	i += c.offset
	return c.valid != nil && c.valid[i>>3]&(1<<(i&7)) == 0
}

// Append appends value i, which is not NULL.
func (c *PGColumn) Append(buf []byte, i int) ([]byte, error) {
	if c.slow != nil {
		return c.slow(buf, i)
	}
	return c.value(buf, i), nil
}

// AppendField appends value i with its length in front, as a DataRow has it: -1 for NULL.
func (c *PGColumn) AppendField(buf []byte, i int) ([]byte, error) {
	if c.Null(i) {
		return append(buf, 0xff, 0xff, 0xff, 0xff), nil
	}
	at := len(buf)
	buf = append(buf, 0, 0, 0, 0)
	if c.slow == nil {
		buf = c.value(buf, i)
	} else {
		var err error
		if buf, err = c.slow(buf, i); err != nil {
			return buf, err
		}
	}
	binary.BigEndian.PutUint32(buf[at:], uint32(len(buf)-at-4))
	return buf, nil
}

func integers[T int16 | int32 | int64](values []T) func([]byte, int) []byte {
	return func(buf []byte, i int) []byte { return appendInt(buf, int64(values[i])) }
}

// twoDigits are the numbers from 00 to 99, one behind the other.
var twoDigits = func() (d [200]byte) {
	for i := range 100 {
		d[2*i], d[2*i+1] = byte('0'+i/10), byte('0'+i%10)
	}
	return d
}()

// appendInt is strconv.AppendInt in base 10. It writes the digits where they belong, two at a time.
func appendInt(buf []byte, v int64) []byte {
	u := uint64(v)
	if v < 0 {
		buf = append(buf, '-')
		u = -u
	}
	n := 1
	for limit := uint64(10); u >= limit; limit *= 10 { // no BIGINT has more than 19 digits
		n++
	}
	const most = 19
	buf = append(buf, "0000000000000000000"...)
	to := buf[len(buf)-most : len(buf)-most+n]
	for ; n > 2; n -= 2 {
		copy(to[n-2:n], twoDigits[u%100*2:][:2])
		u /= 100
	}
	if n == 2 {
		copy(to[:2], twoDigits[u*2:][:2])
	} else {
		to[0] = byte('0' + u)
	}
	return buf[:len(buf)-most+len(to)]
}

// inText has PostgreSQL's one letter for a BOOLEAN; all else is as AppendText writes it.
func (c *PGColumn) inText(a arrow.Array, t Type) {
	if t.Sys != Plain {
		c.value = func(buf []byte, i int) []byte { return AppendText(buf, a, i, t) }
		return
	}
	switch t.Kind {
	case Bool:
		values := a.(*array.Boolean)
		c.value = func(buf []byte, i int) []byte {
			if values.Value(i) {
				return append(buf, 't')
			}
			return append(buf, 'f')
		}
	case Int16:
		c.value = integers(a.(*array.Int16).Int16Values())
	case Int32:
		c.value = integers(a.(*array.Int32).Int32Values())
	case Int64:
		c.value = integers(a.(*array.Int64).Int64Values())
	case Float64:
		values := a.(*array.Float64).Float64Values()
		c.value = func(buf []byte, i int) []byte { return AppendFloat(buf, values[i], 64) }
	case Text, JSON:
		values := a.(*array.String)
		c.value = func(buf []byte, i int) []byte { return append(buf, values.Value(i)...) }
	case Timestamp:
		c.value = timestamps(a.(*array.Timestamp).TimestampValues(), "")
	case TimestampTZ:
		c.value = timestamps(a.(*array.Timestamp).TimestampValues(), "+00")
	default:
		c.value = func(buf []byte, i int) []byte { return AppendText(buf, a, i, t) }
	}
}

// timestamps writes points in time. Those of one day mostly stand together: its text is made once.
func timestamps(values []arrow.Timestamp, zone string) func([]byte, int) []byte {
	var date []byte
	last, bc := int64(math.MaxInt64), false
	return func(buf []byte, i int) []byte {
		day, ofDay := SplitDay(int64(values[i]))
		if day != last {
			date, bc = appendCivil(date[:0], day)
			date, last = append(date, ' '), day
		}
		buf = append(buf, date...)
		second := ofDay / MicrosPerSecond
		h, m, s := 2*(second/3600), 2*(second/60%60), 2*(second%60)
		buf = append(buf, twoDigits[h], twoDigits[h+1], ':', twoDigits[m], twoDigits[m+1], ':', twoDigits[s], twoDigits[s+1])
		buf = appendFraction(buf, ofDay%MicrosPerSecond, 6)
		return appendEra(append(buf, zone...), bc)
	}
}

func (c *PGColumn) inBinary(a arrow.Array, t Type) {
	be := binary.BigEndian
	if t.Sys != Plain {
		c.slow = func(buf []byte, i int) ([]byte, error) { return AppendPG(buf, a, i, t) }
		return
	}
	switch t.Kind {
	case Int16:
		values := a.(*array.Int16).Int16Values()
		c.value = func(buf []byte, i int) []byte { return be.AppendUint16(buf, uint16(values[i])) }
	case Int32:
		values := a.(*array.Int32).Int32Values()
		c.value = func(buf []byte, i int) []byte { return be.AppendUint32(buf, uint32(values[i])) }
	case Int64:
		values := a.(*array.Int64).Int64Values()
		c.value = func(buf []byte, i int) []byte { return be.AppendUint64(buf, uint64(values[i])) }
	case Float64:
		values := a.(*array.Float64).Float64Values()
		c.value = func(buf []byte, i int) []byte { return be.AppendUint64(buf, math.Float64bits(values[i])) }
	case Text, JSON:
		values := a.(*array.String)
		c.value = func(buf []byte, i int) []byte { return append(buf, values.Value(i)...) }
	case Timestamp, TimestampTZ:
		values := a.(*array.Timestamp).TimestampValues()
		c.slow = func(buf []byte, i int) ([]byte, error) {
			if values[i] < math.MinInt64+pgEpochMicros+1 {
				return AppendPG(buf, a, i, t) // which says why not
			}
			return be.AppendUint64(buf, uint64(values[i]-pgEpochMicros)), nil
		}
	default:
		c.slow = func(buf []byte, i int) ([]byte, error) { return AppendPG(buf, a, i, t) }
	}
}

// pgSizes are typlen of pg_type; types that are not here have any length.
var pgSizes = [numKinds]int16{
	Unknown: -2, Bool: 1, Int16: 2, Int32: 4, Int64: 8, Float32: 4, Float64: 8, Date: 4, Time: 8, Timestamp: 8, TimestampTZ: 8, Interval: 16, UUID: 16,
}

// PGSize is what PostgreSQL's pg_type calls typlen: a number of bytes, -1 for any.
func (t Type) PGSize() int16 {
	switch {
	case t.Sys == SysName:
		return nameLength + 1
	case t.Sys == SysChar:
		return 1
	case t.Sys == SysCString:
		return -2
	case t.Sys != Plain && t.Sys.row().width > 0:
		return int16(t.Sys.row().width)
	case t.Sys != Plain:
		return -1
	}
	if n := pgSizes[t.Kind]; n != 0 {
		return n
	}
	return -1
}

// PGModifier is what PostgreSQL calls typmod: precision and scale of a DECIMAL, -1 for none.
func (t Type) PGModifier() int32 {
	if t.Kind == Decimal && t.Precision > 0 {
		return int32(t.Precision)<<16 | int32(t.Scale) + 4
	}
	return -1
}

// ByOID finds a type by its OID in PostgreSQL's pg_type. Those that millrace knows under one name are one: varchar is TEXT,
// jsonb is JSON. A DECIMAL has no digits.
func ByOID(oid uint32) (Type, bool) {
	switch oid {
	case 0, 705:
		return Type{}, true
	case 1043, 1042:
		return Of(Text), true
	case 1015, 1014:
		return ArrayOf(Of(Text)), true
	case 3802:
		return Of(JSON), true
	case 3807:
		return ArrayOf(Of(JSON)), true
	}
	for _, r := range table {
		switch {
		case r.kind == Array || r.kind == Map || r.kind == Row:
		case r.oid == oid:
			return Of(r.kind), true
		case r.arrayID == oid:
			return ArrayOf(Of(r.kind)), true
		}
	}
	for _, r := range sysTable {
		switch {
		case r.oid == oid:
			return SysOf(r.sys), true
		case r.arrayID == oid && oid != 0:
			return ArrayOf(SysOf(r.sys)), true
		}
	}
	return Type{}, false
}
