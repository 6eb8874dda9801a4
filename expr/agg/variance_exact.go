package agg

import (
	"encoding/binary"
	"math"
	"math/big"
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/sqlerr"
	"millrace/types"
)

// exactVariance keeps the number of integers or decimals, their sum and the sum of their squares, all exact: rows can be
// taken back without a trace. Its state is these as bytes.
type exactVariance struct {
	mem    memory.Allocator
	name   string
	pos    sqlerr.Pos
	less   int64 // what is taken off the number of values in the divisor
	root   bool
	scale  int        // of the arguments
	result types.Type // a Decimal, or Float64 where that has not the digits
	cells  []exactCell
}

// exactCell has two's complement numbers, their low words first. Squares of values of 38 digits need 253 bits, and the
// 320 that are there are enough for 2^64 of them.
type exactCell struct {
	n       int64
	sum     [3]uint64
	squares [5]uint64
}

const exactBytes = 8 * 9

// varianceType is the type of a variance, or its root, of integers and decimals: a DECIMAL with 16 fraction digits, or
// those of the argument if they are more, as avg has it; fewer, down to 6, where the digits before the point take the
// room; and a DOUBLE where they take more.
func varianceType(arg types.Type, root bool) types.Type {
	before := map[types.Kind]int{types.Int16: 5, types.Int32: 10, types.Int64: 19}[arg.Kind]
	if arg.Kind == types.Decimal {
		before = arg.Precision - arg.Scale
	}
	if !root {
		before *= 2
	}
	scale := min(max(avgScale, arg.Scale), 38-before)
	if scale < 6 {
		return types.Of(types.Float64)
	}
	return types.DecimalOf(38, scale)
}

func (v *exactVariance) Grow(groups int) { v.cells = grown(v.cells, groups) }

func (v *exactVariance) Update(groups []uint32, args []arrow.Array, sign []int8) error {
	a := args[0]
	valid := validity(a)
	if a.DataType().ID() == arrow.DECIMAL128 {
		vals := values[word2](a)
		for i, g := range groups {
			if valid.all() || valid.has(i) {
				v.cells[g].add(vals[i], signAt(sign, i))
			}
		}
		return nil
	}
	var scratch block
	for from := 0; from < len(groups); from += blockRows {
		to := min(from+blockRows, len(groups))
		words := loadWords(a, 0, from, to, &scratch)
		for i, g := range groups[from:to] {
			if valid.all() || valid.has(from+i) {
				v.cells[g].addInt(int64(words[i]), signAt(sign, from+i))
			}
		}
	}
	return nil
}

func signAt(sign []int8, i int) int64 {
	if sign == nil {
		return 1
	}
	return int64(sign[i])
}

// addInt adds a value of 64 bits, or takes it away.
func (c *exactCell) addInt(x, sign int64) {
	size, high := uint64(x), uint64(x>>63)
	hi, lo := bits.Mul64((size^high)-high, (size^high)-high)
	s, q := &c.sum, &c.squares
	var carry uint64
	if sign > 0 {
		s[0], carry = bits.Add64(s[0], size, 0)
		s[1], carry = bits.Add64(s[1], high, carry)
		s[2] += high + carry
		q[0], carry = bits.Add64(q[0], lo, 0)
		q[1], carry = bits.Add64(q[1], hi, carry)
		q[2], carry = bits.Add64(q[2], 0, carry)
		q[3], carry = bits.Add64(q[3], 0, carry)
		q[4] += carry
		c.n++
		return
	}
	s[0], carry = bits.Sub64(s[0], size, 0)
	s[1], carry = bits.Sub64(s[1], high, carry)
	s[2] -= high + carry
	q[0], carry = bits.Sub64(q[0], lo, 0)
	q[1], carry = bits.Sub64(q[1], hi, carry)
	q[2], carry = bits.Sub64(q[2], 0, carry)
	q[3], carry = bits.Sub64(q[3], 0, carry)
	q[4] -= carry
	c.n--
}

// add adds a value of 128 bits, or takes it away.
func (c *exactCell) add(x word2, sign int64) {
	c.n += sign
	size, negative := magnitude(x)
	signed := [3]uint64{size.lo, size.hi}
	if negative == (sign > 0) {
		negate(signed[:])
	}
	add(c.sum[:], signed[:])
	square := squareOf(size)
	if sign < 0 {
		negate(square[:])
	}
	add(c.squares[:], square[:])
}

// squareOf is the square of an unsigned number below 2^127.
func squareOf(x word2) [5]uint64 {
	var out [5]uint64
	hi, lo := bits.Mul64(x.lo, x.lo)
	out[0], out[1] = lo, hi
	hi, lo = bits.Mul64(x.hi, x.hi)
	out[2], out[3] = lo, hi
	hi, lo = bits.Mul64(x.lo, x.hi)
	for range 2 {
		add(out[1:], []uint64{lo, hi, 0}) // unsigned: the product may have its highest bit
	}
	return out
}

// add adds a number to one of at least as many words, in two's complement.
func add(to, x []uint64) {
	carry, fill := uint64(0), uint64(int64(x[len(x)-1])>>63)
	for i := range to {
		w := fill
		if i < len(x) {
			w = x[i]
		}
		to[i], carry = bits.Add64(to[i], w, carry)
	}
}

func negate(x []uint64) {
	carry := uint64(1)
	for i := range x {
		x[i], carry = bits.Add64(^x[i], 0, carry)
	}
}

func (v *exactVariance) Merge(groups []uint32, state []arrow.Array) error {
	offs, data := varlen(state[0])
	for i, g := range groups {
		b := data[offs[i]:offs[i+1]]
		c := &v.cells[g]
		c.n += int64(binary.LittleEndian.Uint64(b))
		var words [8]uint64
		for k := range words {
			words[k] = binary.LittleEndian.Uint64(b[8+8*k:])
		}
		add(c.sum[:], words[:3])
		add(c.squares[:], words[3:])
	}
	return nil
}

func (v *exactVariance) State(groups []uint32) ([]arrow.Array, error) {
	groups = every(groups, len(v.cells))
	b := array.NewBinaryBuilder(v.mem, arrow.BinaryTypes.Binary)
	defer b.Release()
	b.Reserve(len(groups))
	b.ReserveData(len(groups) * exactBytes)
	var enc []byte
	for _, g := range groups {
		c := &v.cells[g]
		enc = binary.LittleEndian.AppendUint64(enc[:0], uint64(c.n))
		for _, w := range c.sum {
			enc = binary.LittleEndian.AppendUint64(enc, w)
		}
		for _, w := range c.squares {
			enc = binary.LittleEndian.AppendUint64(enc, w)
		}
		b.Append(enc)
	}
	return []arrow.Array{b.NewArray()}, nil
}

func (v *exactVariance) Result(groups []uint32) (arrow.Array, error) {
	groups = every(groups, len(v.cells))
	if v.result.Kind == types.Float64 {
		return mustFixed(v.mem, v.result.Arrow(), len(groups), func(out []float64, nulls *nullMask) {
			for i, g := range groups {
				out[i] = 0
				r := v.variance(&v.cells[g])
				if r == nil {
					nulls.set(i)
					continue
				}
				out[i], _ = r.Float64()
				if v.root {
					out[i] = math.Sqrt(out[i])
				}
			}
		}), nil
	}
	return makeFixed(v.mem, v.result.Arrow(), len(groups), func(out []word2, nulls *nullMask) error {
		for i, g := range groups {
			out[i] = word2{}
			r := v.variance(&v.cells[g])
			if r == nil {
				nulls.set(i)
				continue
			}
			n := v.rounded(r)
			if n.CmpAbs(mostDecimal) > 0 {
				return outOfRange(v.name, v.result, v.pos)
			}
			d := decimal128.FromBigInt(n)
			out[i] = word2{d.LowBits(), uint64(d.HighBits())}
		}
		return nil
	})
}

var mostDecimal = new(big.Int).Sub(new(big.Int).Exp(big.NewInt(10), big.NewInt(38), nil), big.NewInt(1))

// variance is exact; nil where there are too few values.
func (v *exactVariance) variance(c *exactCell) *big.Rat {
	if c.n <= v.less {
		return nil
	}
	sum, squares := bigOf(c.sum[:]), bigOf(c.squares[:])
	n := big.NewInt(c.n)
	num := squares.Mul(squares, n)
	num.Sub(num, sum.Mul(sum, sum))
	if num.Sign() < 0 { // more was taken back than there was
		num.SetInt64(0)
	}
	den := n.Mul(n, big.NewInt(c.n-v.less))
	if v.scale > 0 {
		den.Mul(den, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(2*v.scale)), nil))
	}
	return new(big.Rat).SetFrac(num, den)
}

// rounded is r, or its root, in units of the result's last digit, halves away from zero.
func (v *exactVariance) rounded(r *big.Rat) *big.Int {
	power := v.result.Scale
	if v.root {
		power *= 2
	}
	num := new(big.Int).Mul(r.Num(), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(power)), nil))
	if !v.root {
		num.Lsh(num, 1).Add(num, r.Denom())
		return num.Quo(num, new(big.Int).Lsh(r.Denom(), 1))
	}
	// floor(sqrt(4x)) is twice the root and perhaps one more: its half, rounded up, is the root rounded.
	num.Lsh(num, 2)
	num.Sqrt(num.Quo(num, r.Denom()))
	return num.Add(num, big.NewInt(1)).Rsh(num, 1)
}

// bigOf is a two's complement number.
func bigOf(words []uint64) *big.Int {
	own := append([]uint64{}, words...)
	negative := int64(own[len(own)-1]) < 0
	if negative {
		negate(own)
	}
	buf := make([]byte, 8*len(own))
	for i, w := range own {
		binary.BigEndian.PutUint64(buf[len(buf)-8*(i+1):], w)
	}
	out := new(big.Int).SetBytes(buf)
	if negative {
		out.Neg(out)
	}
	return out
}

func (v *exactVariance) Bytes() int64 { return sizeOf(v.cells) }
func (v *exactVariance) Reset()       { v.cells = v.cells[:0] }
func (v *exactVariance) Release()     { v.cells = nil }
