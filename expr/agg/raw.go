package agg

import (
	"math"
	"math/bits"
	"slices"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
)

// bitmap is a null bitmap as Arrow has it, lowest bit first. A nil buf: every value is there.
type bitmap struct {
	buf []byte
	off int
}

// validity is the null bitmap of a.
func validity(a arrow.Array) bitmap {
	switch {
	case a.DataType().ID() == arrow.NULL:
		return bitmap{buf: make([]byte, (a.Len()+7)/8)}
	case a.NullN() == 0:
		return bitmap{}
	}
	return bitmap{a.NullBitmapBytes(), a.Data().Offset()}
}

// all reports whether no value is NULL.
func (b bitmap) all() bool { return b.buf == nil }

// has reports whether value i is there. Not for a bitmap for which all is true.
func (b bitmap) has(i int) bool {
	i += b.off
	return b.buf[i>>3]>>(i&7)&1 != 0
}

// from is the bitmap without its first n bits.
func (b bitmap) from(n int) bitmap { return bitmap{b.buf, b.off + n} }

// fixed is what Arrow keeps values of one width in.
type fixed interface {
	int8 | int16 | int32 | int64 | uint64 | float32 | float64 | word2 | arrow.MonthDayNanoInterval
}

// word2 is a value of 16 bytes, its low word first: a decimal in two's complement, the bytes of a UUID.
type word2 struct{ lo, hi uint64 }

// values is the values of a fixed width array, its offset applied.
func values[T fixed](a arrow.Array) []T {
	d := a.Data()
	if d.Len() == 0 {
		return nil
	}
	buf := d.Buffers()[1].Bytes()
	all := unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(buf))), len(buf)/int(unsafe.Sizeof(*new(T))))
	return all[d.Offset() : d.Offset()+d.Len()]
}

// boolean is the values of a Boolean array.
func boolean(a arrow.Array) bitmap {
	d := a.Data()
	if d.Len() == 0 {
		return bitmap{buf: []byte{}}
	}
	return bitmap{d.Buffers()[1].Bytes(), d.Offset()}
}

// varlen is the values of a Text, JSON or Bytes array: value i is data[offs[i]:offs[i+1]].
func varlen(a arrow.Array) (offs []int32, data []byte) {
	d := a.Data()
	if d.Len() == 0 {
		return []int32{0}, nil
	}
	buf := d.Buffers()[1].Bytes()
	all := unsafe.Slice((*int32)(unsafe.Pointer(unsafe.SliceData(buf))), len(buf)/4)
	if d.Buffers()[2] != nil {
		data = d.Buffers()[2].Bytes()
	}
	return all[d.Offset() : d.Offset()+d.Len()+1], data
}

// blockRows is how many values are turned into words at a time.
const blockRows = 256

// block holds the words of some values on the stack.
type block [blockRows]uint64

// wordsOf is the number of words that a value of a's type is made of; 0 where its length varies.
func wordsOf(dt arrow.DataType) int {
	switch dt.ID() {
	case arrow.DECIMAL128, arrow.INTERVAL_MONTH_DAY_NANO, arrow.FIXED_SIZE_BINARY:
		return 2
	case arrow.STRING, arrow.BINARY, arrow.LIST, arrow.MAP, arrow.STRUCT:
		return 0
	}
	return 1
}

// loadWords turns the values from a[from] to a[to-1] into words that are equal when the values are equal in SQL:
// integers and times are extended with their sign, floats are the bits of the double with one zero and one NaN, an
// Interval is its length with months of 30 days. part 1 is the second word of a type that has two. What stands for a
// NULL is undefined. The result may be the array's own memory: it is not to be changed.
func loadWords(a arrow.Array, part, from, to int, scratch *block) []uint64 {
	out := scratch[:to-from]
	switch a.DataType().ID() {
	case arrow.NULL:
		clear(out)
	case arrow.INT64, arrow.TIME64, arrow.TIMESTAMP:
		return values[uint64](a)[from:to]
	case arrow.INT32, arrow.DATE32:
		for i, v := range values[int32](a)[from:to] {
			out[i] = uint64(int64(v))
		}
	case arrow.INT16:
		for i, v := range values[int16](a)[from:to] {
			out[i] = uint64(int64(v))
		}
	case arrow.BOOL:
		for i, v := 0, boolean(a).from(from); i < len(out); i++ {
			out[i] = 0
			if v.has(i) {
				out[i] = 1
			}
		}
	case arrow.FLOAT64:
		for i, v := range values[float64](a)[from:to] {
			out[i] = floatWord(v)
		}
	case arrow.FLOAT32:
		for i, v := range values[float32](a)[from:to] {
			out[i] = floatWord(float64(v))
		}
	case arrow.DECIMAL128, arrow.FIXED_SIZE_BINARY:
		vals := values[word2](a)[from:to]
		if part == 0 {
			for i, v := range vals {
				out[i] = v.lo
			}
		} else {
			for i, v := range vals {
				out[i] = v.hi
			}
		}
	case arrow.INTERVAL_MONTH_DAY_NANO:
		for i, v := range values[arrow.MonthDayNanoInterval](a)[from:to] {
			n := intervalNanos(v)
			out[i] = n.lo
			if part == 1 {
				out[i] = n.hi
			}
		}
	default:
		panic("agg: no fixed width: " + a.DataType().String())
	}
	return out
}

var canonicalNaN = math.Float64bits(math.NaN())

// floatWord is the bits of f, where -0 is 0 and every NaN the same one.
func floatWord(f float64) uint64 {
	if f != f {
		return canonicalNaN
	}
	return math.Float64bits(f + 0) // -0 + 0 is 0
}

// intervalNanos is how long v is when a month has 30 days, which is how PostgreSQL compares intervals.
func intervalNanos(v arrow.MonthDayNanoInterval) word2 {
	const dayNanos = 86_400_000_000_000
	days := int64(v.Months)*30 + int64(v.Days)
	hi, lo := bits.Mul64(uint64(days), dayNanos)
	if days < 0 {
		hi -= dayNanos
	}
	return add128(word2{lo, hi}, extend(v.Nanoseconds))
}

// extend is v with 128 bits.
func extend(v int64) word2 { return word2{uint64(v), uint64(v >> 63)} }

// add128 is a+b in two's complement; it wraps.
func add128(a, b word2) word2 {
	lo, carry := bits.Add64(a.lo, b.lo, 0)
	hi, _ := bits.Add64(a.hi, b.hi, carry)
	return word2{lo, hi}
}

// sized is s with n elements, whatever they hold, in its own memory if that is enough.
func sized[T any](s []T, n int) []T { return slices.Grow(s[:0], n)[:n] }
