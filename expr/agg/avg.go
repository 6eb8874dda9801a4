package agg

import (
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/sqlerr"
	"millrace/types"
)

// avgScale is the number of fraction digits of an average of integers. PostgreSQL gives its numeric averages 16
// significant digits or more, which is 16 fraction digits from 1 up to 9999, fewer above and up to 20 below; a type of
// ours has one scale, so averages in that range print alike, and others agree in the digits that both have, rounded.
const avgScale = 16

var avgFunctions = []Function{{
	Name: "avg", Doc: "The average: a DECIMAL with 16 fraction digits (or those of the argument, if more) of integers and DECIMAL, a DOUBLE of REAL and DOUBLE. NULL where there is no value.",
	Example: "avg(n)", ExampleResult: "2.2500000000000000", Retracts: true, Takes: numberOrInterval,
	resolve: func(args []types.Type, pos sqlerr.Pos) (Call, bool) {
		if len(args) != 1 {
			return Call{}, false
		}
		c := Call{Args: args}
		switch args[0].Kind {
		case types.Int16, types.Int32, types.Int64, types.Decimal:
			scale := args[0].Scale
			c.Result = types.DecimalOf(38, max(avgScale, scale))
			c.State = []types.Type{types.DecimalOf(38, scale), types.Of(types.Int64)}
			c.New = func(mem memory.Allocator) Accumulator {
				return &avg128{sum128: newSum128(mem, "avg", args[0], pos), result: c.Result}
			}
		case types.Float32, types.Float64:
			c.Result = types.Of(types.Float64)
			c.State = floatSumState()
			c.New = func(mem memory.Allocator) Accumulator {
				return &avgFloat{&sumFloat{mem: mem, name: "avg", result: c.Result, pos: pos}}
			}
		case types.Interval:
			return sumIntervalCall(true, pos), true
		default:
			return Call{}, false
		}
		return c, true
	},
}}

// avg128 is avg of integers and decimals.
type avg128 struct {
	*sum128
	result types.Type
}

func (a *avg128) Result(groups []uint32) (arrow.Array, error) {
	groups = every(groups, len(a.cells))
	shift := uint64(1) // from the scale of the sum to that of the result
	for range a.result.Scale - a.state.Scale {
		shift *= 10
	}
	return makeFixed(a.mem, a.result.Arrow(), len(groups), func(out []word2, nulls *nullMask) error {
		for i, g := range groups {
			c := &a.cells[g]
			if c.n == 0 {
				out[i] = word2{}
				nulls.set(i)
				continue
			}
			v, ok := quotient(c.sum, c.n, shift)
			if !ok {
				return outOfRange("avg", a.result, a.pos)
			}
			out[i] = v
		}
		return nil
	})
}

// quotient is sum*shift/n, rounded to the nearest with halves away from zero; false where it has more than 38 digits.
// n may be negative (a group of which more was taken back than it had so far).
func quotient(sum word2, n int64, shift uint64) (word2, bool) {
	size, negative := magnitude(sum)
	div := uint64(n)
	if n < 0 {
		div, negative = -div, !negative
	}
	hi, rest := size.hi/div, size.hi%div
	lo, rest := bits.Div64(rest, size.lo, div)
	fracHi, fracLo := bits.Mul64(rest, shift) // rest < div, so the fraction is below shift
	frac, rest := bits.Div64(fracHi, fracLo, div)
	if rest >= div-rest {
		frac++
	}
	over, q := mul128(word2{lo, hi}, shift)
	q = add128(q, word2{lo: frac})
	if over || !less128(q, tenTo38) {
		return word2{}, false
	}
	if negative {
		q = negate128(q)
	}
	return q, true
}

// mul128 is the unsigned a*b; over where it does not fit.
func mul128(a word2, b uint64) (over bool, product word2) {
	top, mid := bits.Mul64(a.hi, b)
	carry, lo := bits.Mul64(a.lo, b)
	hi, c := bits.Add64(mid, carry, 0)
	return top != 0 || c != 0, word2{lo, hi}
}

// avgFloat is avg of REAL and DOUBLE.
type avgFloat struct{ *sumFloat }

func (a *avgFloat) Result(groups []uint32) (arrow.Array, error) {
	groups = every(groups, len(a.cells))
	return mustFixed(a.mem, arrow.PrimitiveTypes.Float64, len(groups), func(out []float64, nulls *nullMask) {
		for i, g := range groups {
			n := a.cells[g].n
			out[i] = a.total(g) / float64(n)
			if n == 0 {
				nulls.set(i)
			}
		}
	}), nil
}
