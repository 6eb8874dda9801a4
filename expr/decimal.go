package expr

import (
	"math"
	"math/big"
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow/decimal128"
)

// Arithmetic on decimals as counts of 10^-scale, exact, with rounding half away from zero where digits are dropped.
// The common case, operands of 64 bits, takes a few multiplications; the others go by math/big. ok is false where the
// result has more than 38 digits.

// tens are the powers of ten in 64 bits.
var tens = [19]int64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18}

// small reports whether n is its low 64 bits.
func small(n decimal128.Num) bool { return n.HighBits() == int64(n.LowBits())>>63 }

// product is x * y in 128 bits.
func product(x, y int64) decimal128.Num {
	hi, lo := bits.Mul64(uint64(x), uint64(y))
	return decimal128.New(int64(hi)-(x>>63&y)-(y>>63&x), lo)
}

// withinDigits reports whether n has at most digits of them.
func withinDigits(n decimal128.Num, digits int) bool {
	if small(n) && digits >= 19 {
		return true
	}
	return n.FitsInPrecision(int32(digits))
}

func fromBig(v *big.Int) (decimal128.Num, bool) {
	if v.BitLen() > 127 {
		return decimal128.Num{}, false
	}
	return decimal128.FromBigInt(v), true
}

func bigTen(k int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(k)), nil) }

// shiftUp is n * 10^k.
func shiftUp(n decimal128.Num, k int) (decimal128.Num, bool) {
	switch {
	case k == 0:
		return n, true
	case k < len(tens) && small(n):
		return product(int64(n.LowBits()), tens[k]), true
	case n.Sign() == 0:
		return n, true
	case k > 38:
		return n, false
	}
	return fromBig(new(big.Int).Mul(n.BigInt(), bigTen(k)))
}

// shiftDown is n / 10^k, rounded.
func shiftDown(n decimal128.Num, k int) decimal128.Num {
	if k == 0 {
		return n
	}
	if k < len(tens) {
		if small(n) {
			return decimal128.FromI64(divideRounded(int64(n.LowBits()), tens[k]))
		}
		out, _ := quotientSmall(n, tens[k])
		return out
	}
	if k > 38 {
		return decimal128.Num{}
	}
	out, _ := fromBig(quotientBig(n.BigInt(), bigTen(k)))
	return out
}

// truncateDown is n / 10^k, the digits dropped.
func truncateDown(n decimal128.Num, k int) decimal128.Num {
	if k == 0 {
		return n
	}
	if k > 38 {
		return decimal128.Num{}
	}
	if k < len(tens) && small(n) {
		return decimal128.FromI64(int64(n.LowBits()) / tens[k])
	}
	out, _ := fromBig(new(big.Int).Quo(n.BigInt(), bigTen(k)))
	return out
}

// rescale takes n from one scale to another.
func rescale(n decimal128.Num, from, to int) (decimal128.Num, bool) {
	if to >= from {
		return shiftUp(n, to-from)
	}
	return shiftDown(n, from-to), true
}

// divideRounded is x / d for d > 0.
func divideRounded(x, d int64) int64 {
	q, r := x/d, x%d
	if r >= d-r && r > 0 {
		return q + 1
	}
	if r < 0 && -r >= d+r {
		return q - 1
	}
	return q
}

// quotientSmall is n / d, rounded, for d > 0.
func quotientSmall(n decimal128.Num, d int64) (decimal128.Num, bool) {
	negative := n.Sign() < 0
	if negative {
		n = n.Negate()
	}
	u := uint64(d)
	hi := uint64(n.HighBits())
	q1 := hi / u
	q0, r := bits.Div64(hi%u, n.LowBits(), u)
	if r >= u-r && r > 0 {
		var carry uint64
		q0, carry = bits.Add64(q0, 1, 0)
		q1 += carry
	}
	if q1 > math.MaxInt64 {
		return decimal128.Num{}, false
	}
	out := decimal128.New(int64(q1), q0)
	if negative {
		out = out.Negate()
	}
	return out, true
}

// quotientBig is n / d, rounded.
func quotientBig(n, d *big.Int) *big.Int {
	q, r := new(big.Int).QuoRem(n, d, new(big.Int))
	if r.Lsh(r.Abs(r), 1).CmpAbs(d) >= 0 {
		if n.Sign()*d.Sign() < 0 {
			return q.Sub(q, big.NewInt(1))
		}
		return q.Add(q, big.NewInt(1))
	}
	return q
}

// addDecimal is x + y where both are of one scale.
func addDecimal(x, y decimal128.Num) (decimal128.Num, bool) {
	sum := x.Add(y)
	overflow := (x.HighBits()^sum.HighBits())&(y.HighBits()^sum.HighBits()) < 0
	return sum, !overflow
}

// mulDecimal is x * y / 10^drop, rounded.
func mulDecimal(x, y decimal128.Num, drop int) (decimal128.Num, bool) {
	if small(x) && small(y) {
		return shiftDown(product(int64(x.LowBits()), int64(y.LowBits())), drop), true
	}
	v := new(big.Int).Mul(x.BigInt(), y.BigInt())
	if drop > 0 {
		v = quotientBig(v, bigTen(drop))
	}
	return fromBig(v)
}

// divDecimal is x * 10^shift / y, rounded; y is not zero, and a negative shift divides.
func divDecimal(x, y decimal128.Num, shift int) (decimal128.Num, bool) {
	if shift >= 0 && shift < len(tens) && small(x) && small(y) && y.LowBits() != 1<<63 {
		d, n := int64(y.LowBits()), product(int64(x.LowBits()), tens[shift])
		if d < 0 {
			d, n = -d, n.Negate()
		}
		return quotientSmall(n, d)
	}
	n, d := x.BigInt(), y.BigInt()
	if shift >= 0 {
		n = new(big.Int).Mul(n, bigTen(shift))
	} else {
		d = new(big.Int).Mul(d, bigTen(-shift))
	}
	return fromBig(quotientBig(n, d))
}

// remDecimal is what is left of x, with its sign, when y, which is not zero, is taken off as often as it goes; both are
// of one scale.
func remDecimal(x, y decimal128.Num) decimal128.Num {
	if small(x) && small(y) {
		return decimal128.FromI64(int64(x.LowBits()) % int64(y.LowBits()))
	}
	out, _ := fromBig(new(big.Int).Rem(x.BigInt(), y.BigInt()))
	return out
}
