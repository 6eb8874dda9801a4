package expr

import (
	"encoding/binary"
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// bitmap is a run of bits inside a buffer, lowest bit first, as Arrow has them. A nil buf is all ones: an array
// without a null bitmap has every value.
type bitmap struct {
	buf []byte
	off int // of the first bit
}

// validity is the null bitmap of an array; all ones when it has no NULL.
func validity(a arrow.Array) bitmap {
	if a.NullN() == 0 {
		return bitmap{}
	}
	return bitmap{a.NullBitmapBytes(), a.Data().Offset()}
}

// get returns bit i.
func (b bitmap) get(i int) bool {
	i += b.off
	return b.buf == nil || b.buf[i>>3]>>(i&7)&1 != 0
}

// word returns the 64 bits from bit i on; what lies behind the buffer is zero.
func (b bitmap) word(i int) uint64 {
	if b.buf == nil {
		return ^uint64(0)
	}
	i += b.off
	at, shift := i>>3, uint(i&7)
	if at+9 <= len(b.buf) {
		w := binary.LittleEndian.Uint64(b.buf[at:]) >> shift
		if shift != 0 {
			w |= uint64(b.buf[at+8]) << (64 - shift)
		}
		return w
	}
	var tail [16]byte
	if at < len(b.buf) {
		copy(tail[:9], b.buf[at:])
	}
	w := binary.LittleEndian.Uint64(tail[:]) >> shift
	if shift != 0 {
		w |= uint64(tail[8]) << (64 - shift)
	}
	return w
}

// lowBits has the n lowest bits set, all of them from 64 on.
func lowBits(n int) uint64 {
	if n >= 64 {
		return ^uint64(0)
	}
	return uint64(1)<<uint(n) - 1
}

// bitBytes is the size of a bitmap that is written by words: whole words, so that putWord needs no tail.
func bitBytes(n int) int { return (n + 63) / 64 * 8 }

// putWord writes the 64 bits from bit i on, where i is a multiple of 64.
func putWord(dst []byte, i int, w uint64) { binary.LittleEndian.PutUint64(dst[i>>3:], w) }

// setBit sets bit i of a buffer that begins with it.
func setBit(dst []byte, i int) { dst[i>>3] |= 1 << (i & 7) }

// intersect writes the rows that have a value in every one of maps to a new bitmap and counts those that do not.
// It returns nil where no row is NULL.
func intersect(mem memory.Allocator, n int, maps ...bitmap) (*memory.Buffer, int) {
	have := make([]bitmap, 0, 4)
	for _, m := range maps {
		if m.buf != nil {
			have = append(have, m)
		}
	}
	if len(have) == 0 || n == 0 {
		return nil, 0
	}
	return writeBits(mem, n, func(i int) uint64 {
		w := have[0].word(i)
		for _, m := range have[1:] {
			w &= m.word(i)
		}
		return w
	})
}

// writeBits makes a null bitmap of n bits a word at a time and counts its zeros. It returns nil where there is none.
func writeBits(mem memory.Allocator, n int, word func(i int) uint64) (*memory.Buffer, int) {
	buf := newBuffer(mem, bitBytes(n))
	dst, ones := buf.Bytes(), 0
	for i := 0; i < n; i += 64 {
		w := word(i) & lowBits(n-i)
		ones += bits.OnesCount64(w)
		putWord(dst, i, w)
	}
	if ones == n {
		buf.Release()
		return nil, 0
	}
	return buf, n - ones
}

// masked is a with a value only where word has a one too. It shares all but the null bitmap with a.
func masked(mem memory.Allocator, a arrow.Array, word func(i int) uint64) arrow.Array {
	d, n := a.Data(), a.Len()
	valid, off := validity(a), d.Offset()
	buf := newBuffer(mem, bitBytes(off+n)+8)
	dst, ones := buf.Bytes(), 0
	clear(dst)
	shift := uint(off & 63)
	for i := 0; i < n; i += 64 {
		w := word(i) & valid.word(i) & lowBits(n-i)
		ones += bits.OnesCount64(w)
		at := (off + i) >> 6 * 8
		low := dst[at:]
		binary.LittleEndian.PutUint64(low, binary.LittleEndian.Uint64(low)|w<<shift)
		if shift != 0 {
			binary.LittleEndian.PutUint64(dst[at+8:], w>>(64-shift))
		}
	}
	if ones == n {
		buf.Release()
		a.Retain()
		return a
	}
	buffers := append([]*memory.Buffer{buf}, d.Buffers()[1:]...)
	data := array.NewData(d.DataType(), n, buffers, d.Children(), n-ones, off)
	defer data.Release()
	buf.Release()
	return array.MakeFromData(data)
}
