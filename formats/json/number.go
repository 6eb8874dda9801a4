package json

import (
	"math"
	"math/bits"
	"strconv"
	"unsafe"
)

var pow10 = [...]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19}

// whole reads a whole number of at most 15 digits at i, as most are, eight digits at a time. ok is false where it is
// anything else, or near the end of b: the number is then read with exact.
func whole(b []byte, i int) (v int64, end int, ok bool) {
	if i+17 > len(b) {
		return 0, i, false
	}
	sign := int64(1)
	if b[i] == '-' {
		sign = -1
		i++
	}
	first := b[i]
	x := load8(b[i:])
	m := nonDigits(x)
	if m != 0 {
		n := bits.TrailingZeros64(m) >> 3
		v, end = int64(eight(x, n)), i+n
	} else {
		y := load8(b[i+8:])
		if m = nonDigits(y); m == 0 {
			return 0, i, false
		}
		n := bits.TrailingZeros64(m) >> 3
		v, end = int64(eight(x, 8)*pow10[n]+eight(y, n)), i+8+n
	}
	if c := b[end]; end == i || first == '0' && end > i+1 || c == '.' || c|0x20 == 'e' {
		return 0, i, false
	}
	return v * sign, end, true
}

// eight is the number that the first n (0 to 8) bytes of x are the digits of, the lowest byte first.
func eight(x uint64, n int) uint64 {
	x = (x - 0x30*ones) << (64 - 8*n) // zeros move in as leading digits
	x = (x & 0x0F0F0F0F0F0F0F0F) * 2561 >> 8
	x = (x & 0x00FF00FF00FF00FF) * 6553601 >> 16
	return (x & 0x0000FFFF0000FFFF) * 42949672960001 >> 32
}

// fit says whether a number could be taken as it is.
type fit uint8

const (
	fits     fit = iota
	inexact      // it has digits below the unit asked for
	tooLarge     // it does not fit 128 bits
)

// exact is the number v (as JSON writes it) times 10^scale, if that is whole; cut tells to drop what is below.
func exact(v []byte, scale int, cut bool) (hi, lo uint64, neg bool, how fit) {
	neg = v[0] == '-'
	if neg {
		v = v[1:]
	}
	point := digits(v, 0)
	mantissa, frac := v[:point], []byte(nil)
	rest := v[point:]
	if len(rest) > 0 && rest[0] == '.' {
		end := digits(rest, 1)
		frac, rest = rest[1:end], rest[end:]
	}
	exp := 0
	if len(rest) > 0 {
		exp = exponent(rest[1:])
	}
	for len(frac) > 0 && frac[len(frac)-1] == '0' {
		frac = frac[:len(frac)-1]
	}
	exp -= len(frac)
	if len(frac) == 0 {
		for len(mantissa) > 0 && mantissa[len(mantissa)-1] == '0' {
			mantissa = mantissa[:len(mantissa)-1]
			exp++
		}
	}
	for len(mantissa) > 0 && mantissa[0] == '0' {
		mantissa = mantissa[1:]
	}
	if len(mantissa) == 0 {
		for len(frac) > 0 && frac[0] == '0' {
			frac = frac[1:]
		}
	}
	count := len(mantissa) + len(frac)
	if count == 0 {
		return 0, 0, neg, fits
	}
	shift := exp + scale
	if shift < 0 {
		if !cut {
			return 0, 0, neg, inexact
		}
		count = max(count+shift, 0)
		shift = 0
	}
	if count+shift > 39 {
		return 0, 0, neg, tooLarge
	}
	for k := range count {
		c := byte('0')
		if k < len(mantissa) {
			c = mantissa[k]
		} else {
			c = frac[k-len(mantissa)]
		}
		var ok bool
		if hi, lo, ok = mulAdd(hi, lo, 10, uint64(c-'0')); !ok {
			return 0, 0, neg, tooLarge
		}
	}
	for ; shift > 0; shift -= 19 {
		var ok bool
		if hi, lo, ok = mulAdd(hi, lo, pow10[min(shift, 19)], 0); !ok {
			return 0, 0, neg, tooLarge
		}
	}
	return hi, lo, neg, fits
}

// exponent reads digits with an optional sign; beyond a million it stays there, which is too large or nothing anyway.
func exponent(v []byte) int {
	neg := v[0] == '-'
	if neg || v[0] == '+' {
		v = v[1:]
	}
	e := 0
	for _, c := range v {
		if e = e*10 + int(c-'0'); e > 1e6 {
			e = 1e6
		}
	}
	if neg {
		return -e
	}
	return e
}

// mulAdd is the 128-bit number times m plus a; ok is false where that does not fit.
func mulAdd(hi, lo, m, a uint64) (uint64, uint64, bool) {
	over, top := bits.Mul64(hi, m)
	carry, low := bits.Mul64(lo, m)
	low, c := bits.Add64(low, a, 0)
	top, c = bits.Add64(top, carry, c)
	return top, low, over == 0 && c == 0
}

// decimalBelow reports whether a 128-bit number has at most so many decimal digits (1 to 38).
func decimalBelow(hi, lo uint64, precision int) bool {
	limitHi, limitLo := uint64(0), uint64(1)
	for ; precision > 0; precision -= 19 {
		limitHi, limitLo, _ = mulAdd(limitHi, limitLo, pow10[min(precision, 19)], 0)
	}
	return hi < limitHi || hi == limitHi && lo < limitLo
}

// float is the number v (as JSON writes it) rounded to the nearest of so many bits; ok is false where it is too large.
//
// A mantissa below 2^53 and a power of ten up to 10^22 are both exact, so one division or multiplication rounds once,
// which is right. Everything else goes to strconv.
func float(v []byte, bitSize int) (f float64, ok bool) {
	if bitSize == 64 {
		if f, ok := quickFloat(v); ok {
			return f, true
		}
	}
	f, err := strconv.ParseFloat(unsafe.String(unsafe.SliceData(v), len(v)), bitSize)
	return f, err == nil
}

var floatPow10 = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

func quickFloat(v []byte) (float64, bool) {
	i, neg := 0, v[0] == '-'
	if neg {
		i++
	}
	if len(v)-i > 16 { // 15 digits and the point
		return 0, false
	}
	var m uint64
	point := len(v)
	for ; i < len(v); i++ {
		switch c := v[i]; {
		case c-'0' <= 9:
			m = m*10 + uint64(c-'0')
		case c == '.':
			point = i + 1
		default:
			return 0, false
		}
	}
	if m >= 1<<53 {
		return 0, false
	}
	f := float64(m) / floatPow10[len(v)-point]
	if neg {
		f = math.Copysign(f, -1)
	}
	return f, true
}
