package embedded

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/types"
)

// Keys are written so that they sort as their values do, column by column: whole numbers and times from their highest
// byte on with the sign turned round, floats with the order of PostgreSQL (NaN is the highest and equal to itself, the
// two zeros are equal), texts with 0 written as 0 255 and 0 1 behind them.

// Keyable reports whether a type can be part of a primary key.
func Keyable(t types.Type) bool {
	switch t.Kind {
	case types.Bool, types.Int16, types.Int32, types.Int64, types.Float32, types.Float64, types.Decimal, types.Text, types.Bytes,
		types.Date, types.Time, types.Timestamp, types.TimestampTZ, types.UUID:
		return true
	}
	return false
}

// textEnd stands behind a text.
var textEnd = []byte{0, 1}

// encodeKeys writes the keys of n rows, each behind prefix; no value is NULL.
func encodeKeys(prefix []byte, cols []arrow.Array, n int) *slab {
	s := &slab{offs: make([]int, n+1)}
	if n == 0 {
		return s
	}
	for i := range n {
		s.offs[i+1] = len(prefix)
	}
	for _, a := range cols {
		if w := keyWidth(a); w > 0 {
			for i := range n {
				s.offs[i+1] += w
			}
			continue
		}
		offs, data := varying(a)
		for i := range n {
			v := data[offs[i]:offs[i+1]]
			s.offs[i+1] += len(v) + bytes.Count(v, []byte{0}) + len(textEnd)
		}
	}
	for i := range n {
		s.offs[i+1] += s.offs[i]
	}
	s.data = make([]byte, s.offs[n])
	fill := make([]int, n)
	for i := range n {
		fill[i] = s.offs[i] + copy(s.data[s.offs[i]:], prefix)
	}
	for _, a := range cols {
		if w := keyWidth(a); w > 0 {
			putKeys(s.data, fill, a, n)
			for i := range n {
				fill[i] += w
			}
			continue
		}
		offs, data := varying(a)
		for i := range n {
			fill[i] = putText(s.data, fill[i], data[offs[i]:offs[i+1]])
		}
	}
	return s
}

// In front of each part of a view's key, which may be NULL, stands a byte: NULLs sort behind the values.
const (
	keyValue = byte(0)
	keyNull  = byte(1)
)

// encodeNullKeys writes the keys of a view.
func encodeNullKeys(prefix []byte, cols []arrow.Array, n int) *slab {
	parts := make([]*slab, len(cols))
	for i, a := range cols {
		parts[i] = encodeKeys(nil, []arrow.Array{a}, n)
	}
	s := &slab{offs: []int{0}}
	for i := range n {
		s.data = append(s.data, prefix...)
		for c, a := range cols {
			if a.IsNull(i) {
				s.data = append(s.data, keyNull)
			} else {
				s.data = append(append(s.data, keyValue), parts[c].at(i)...)
			}
		}
		s.offs = append(s.offs, len(s.data))
	}
	return s
}

// keyWidth is the bytes of a value in a key; 0: it varies.
func keyWidth(a arrow.Array) int {
	switch dt := a.DataType().(type) {
	case *arrow.BooleanType:
		return 1
	case arrow.FixedWidthDataType:
		return dt.BitWidth() / 8
	}
	return 0
}

func putText(dst []byte, at int, v []byte) int {
	for {
		i := bytes.IndexByte(v, 0)
		if i < 0 {
			break
		}
		at += copy(dst[at:], v[:i])
		dst[at], dst[at+1] = 0, 255
		at += 2
		v = v[i+1:]
	}
	at += copy(dst[at:], v)
	return at + copy(dst[at:], textEnd)
}

// putKeys writes values of fixed width to where fill says.
func putKeys(dst []byte, fill []int, a arrow.Array, n int) {
	switch a := a.(type) {
	case *array.Boolean:
		for i := range n {
			if a.Value(i) {
				dst[fill[i]] = 1
			}
		}
	case *array.Float64:
		for i, v := range a.Float64Values() {
			binary.BigEndian.PutUint64(dst[fill[i]:], floatKey(v))
		}
	case *array.Float32:
		for i, v := range a.Float32Values() {
			binary.BigEndian.PutUint32(dst[fill[i]:], float32Key(v))
		}
	case *array.FixedSizeBinary:
		for i := range n {
			copy(dst[fill[i]:], a.Value(i))
		}
	case *array.Decimal128:
		for i, v := range a.Values() {
			binary.BigEndian.PutUint64(dst[fill[i]:], uint64(v.HighBits())^1<<63)
			binary.BigEndian.PutUint64(dst[fill[i]+8:], v.LowBits())
		}
	default:
		w := keyWidth(a)
		from := fixedBytes(a, w)
		switch w {
		case 2:
			for i := range n {
				binary.BigEndian.PutUint16(dst[fill[i]:], binary.LittleEndian.Uint16(from[2*i:])^1<<15)
			}
		case 4:
			for i := range n {
				binary.BigEndian.PutUint32(dst[fill[i]:], binary.LittleEndian.Uint32(from[4*i:])^1<<31)
			}
		default:
			for i := range n {
				binary.BigEndian.PutUint64(dst[fill[i]:], binary.LittleEndian.Uint64(from[8*i:])^1<<63)
			}
		}
	}
}

func floatKey(v float64) uint64 {
	if v != v {
		return math.MaxUint64
	}
	bits := math.Float64bits(v)
	if v == 0 {
		bits = 0
	}
	if bits>>63 == 1 {
		return ^bits
	}
	return bits | 1<<63
}

func float32Key(v float32) uint32 {
	if v != v {
		return math.MaxUint32
	}
	bits := math.Float32bits(v)
	if v == 0 {
		bits = 0
	}
	if bits>>31 == 1 {
		return ^bits
	}
	return bits | 1<<31
}

// KeyOf is the one value of an array as a part of a key, of a view's or of another's.
func KeyOf(a arrow.Array, view bool) []byte {
	if view {
		return encodeNullKeys(nil, []arrow.Array{a}, 1).data
	}
	return encodeKeys(nil, []arrow.Array{a}, 1).data
}

// Values is the range of the keys whose next part, behind prefix, is not NULL, where it may be.
func Values(prefix []byte) Range {
	low := append(bytes.Clone(prefix), keyValue)
	return Range{low, After(low)}
}

// After is the first key behind all that begin with prefix; nil: there is none.
func After(prefix []byte) []byte {
	end := bytes.Clone(prefix)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i]++; end[i] != 0 {
			return end[:i+1]
		}
	}
	return nil
}
