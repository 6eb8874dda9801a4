package expr

import (
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow/decimal128"
)

// decimals compares numbers of 128 bits without a branch a row. x <= y is that y < x does not hold.
func (r relation) decimals(in *Input, dst []byte) {
	a, b, flip := col[decimal128.Num](in, 0), col[decimal128.Num](in, 1), r.flip()
	switch r.op {
	case equal:
		equalDecimals(dst, in.N, a, b, flip)
	case less:
		lessDecimals(dst, in.N, a, b, flip)
	case lessEqual:
		lessDecimals(dst, in.N, b, a, ^flip)
	}
}

func equalDecimals(dst []byte, n int, a, b column[decimal128.Num], flip uint64) {
	for i := 0; i < n; i += 64 {
		w := uint64(0)
		for k := range min(64, n-i) {
			x, y := a.at(i+k), b.at(i+k)
			differ := x.LowBits() ^ y.LowBits() | uint64(x.HighBits()^y.HighBits())
			bit := uint64(0)
			if differ == 0 {
				bit = 1
			}
			w |= bit << (k & 63)
		}
		putWord(dst, i, w^flip)
	}
}

// lessDecimals takes y from x: what is borrowed in the end tells that x is less. The signs are turned, so that the
// high halves compare as numbers without one.
func lessDecimals(dst []byte, n int, a, b column[decimal128.Num], flip uint64) {
	const sign = 1 << 63
	for i := 0; i < n; i += 64 {
		w := uint64(0)
		for k := range min(64, n-i) {
			x, y := a.at(i+k), b.at(i+k)
			_, borrow := bits.Sub64(x.LowBits(), y.LowBits(), 0)
			_, borrow = bits.Sub64(uint64(x.HighBits())^sign, uint64(y.HighBits())^sign, borrow)
			w |= borrow << (k & 63)
		}
		putWord(dst, i, w^flip)
	}
}
