package agg

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/sqlerr"
	"millrace/types"
)

// Those of integers and decimals are exact, and a DECIMAL where that has the digits; see varianceType.
var varianceFunctions = []Function{
	{Name: "stddev", Doc: "The sample standard deviation, the same as stddev_samp.", Example: "stddev(price)", ExampleResult: "3.5000000000000000", Retracts: true, Takes: oneNumber, resolve: resolveVariance(1, true)},
	{Name: "stddev_samp", Doc: "The sample standard deviation (of n-1 degrees of freedom): of integers and DECIMAL exact, a DECIMAL with 16 fraction digits, or fewer if the digits before the point need the room; else a DOUBLE. NULL of fewer than two values.", Example: "stddev_samp(price)", ExampleResult: "3.5000000000000000", Retracts: true, Takes: oneNumber, resolve: resolveVariance(1, true)},
	{Name: "stddev_pop", Doc: "The standard deviation of the values themselves. NULL where there is none.", Example: "stddev_pop(price)", ExampleResult: "2.8577380332470411", Retracts: true, Takes: oneNumber, resolve: resolveVariance(0, true)},
	{Name: "variance", Doc: "The sample variance, the same as var_samp.", Example: "variance(price)", ExampleResult: "12.2500000000000000", Retracts: true, Takes: oneNumber, resolve: resolveVariance(1, false)},
	{Name: "var_samp", Doc: "The sample variance (of n-1 degrees of freedom), of the types of stddev_samp; of BIGINT a DOUBLE. NULL of fewer than two values.", Example: "var_samp(price)", ExampleResult: "12.2500000000000000", Retracts: true, Takes: oneNumber, resolve: resolveVariance(1, false)},
	{Name: "var_pop", Doc: "The variance of the values themselves. NULL where there is none.", Example: "var_pop(price)", ExampleResult: "8.1666666666666667", Retracts: true, Takes: oneNumber, resolve: resolveVariance(0, false)},
}

// resolveVariance makes a variance or its root over n-less values.
func resolveVariance(less int64, root bool) func([]types.Type, sqlerr.Pos) (Call, bool) {
	return func(args []types.Type, pos sqlerr.Pos) (Call, bool) {
		if len(args) != 1 || !args[0].Numeric() {
			return Call{}, false
		}
		if args[0].Integer() || args[0].Kind == types.Decimal {
			result := varianceType(args[0], root)
			return Call{
				Args: args, Result: result, State: []types.Type{types.Of(types.Bytes)},
				New: func(mem memory.Allocator) Accumulator {
					return &exactVariance{mem: mem, name: "a variance", pos: pos, less: less, root: root, scale: args[0].Scale, result: result}
				},
			}, true
		}
		f, n := types.Of(types.Float64), types.Of(types.Int64)
		return Call{
			Args: []types.Type{f}, Result: f, State: []types.Type{n, f, f, f, n},
			New: func(mem memory.Allocator) Accumulator { return &variance{mem: mem, pos: pos, less: less, root: root} },
		}, true
	}
}

// variance keeps the number of values, their mean and the sum of the squares of their distances from it, a row at a
// time as Welford has it ("Note on a method for calculating corrected sums of squares and products", 1962) and merged as
// Chan, Golub and LeVeque have it ("Updating formulae and a pairwise algorithm for computing sample variances", 1979).
// Infinities and NaNs are only counted: with one of them the result is NaN.
//
// A value that is taken back counts -1, and not only from the state that it was added to: a partial aggregate may have
// the new value of an update and the one it replaces, which another has counted. Such a state of no value in sum has no
// mean; its distances are from wherever the mean was, and drift is what they come to.
type variance struct {
	mem   memory.Allocator
	pos   sqlerr.Pos
	less  int64 // what is taken off the number of values in the divisor
	root  bool
	cells []varCell
}

type varCell struct {
	n        int64   // of the finite values, less those taken back
	mean     float64 // what distances are from
	squares  float64 // the sum of the squares of the distances
	drift    float64 // the sum of the distances: 0 unless n is
	specials int64   // infinities and NaNs
}

func (v *variance) Grow(groups int) { v.cells = grown(v.cells, groups) }

func (v *variance) Update(groups []uint32, args []arrow.Array, sign []int8) error {
	valid := validity(args[0])
	for i, x := range values[float64](args[0]) {
		if !valid.all() && !valid.has(i) {
			continue
		}
		c := &v.cells[groups[i]]
		if sign != nil && sign[i] < 0 {
			c.remove(x)
		} else {
			c.add(x)
		}
	}
	return nil
}

func (c *varCell) add(x float64) {
	if x-x != 0 {
		c.specials++
		return
	}
	if c.n <= 0 {
		c.merge(varCell{n: 1, mean: x})
		return
	}
	c.n++
	d := x - c.mean
	c.mean += d / float64(c.n)
	c.squares += d * (x - c.mean)
}

func (c *varCell) remove(x float64) {
	if x-x != 0 {
		c.specials--
		return
	}
	c.merge(varCell{n: -1, mean: x})
}

// merge adds the values of o; those that count below zero it takes away.
func (c *varCell) merge(o varCell) {
	o.specials += c.specials
	if c.n == 0 && c.squares == 0 && c.drift == 0 {
		*c = o
		return
	}
	c.specials = o.specials
	n, d := float64(o.n), o.mean-c.mean
	total := c.n + o.n
	if c.n != 0 && o.n != 0 && total != 0 { // Chan: no drift on either side
		c.squares += o.squares + d*d*float64(c.n)/float64(total)*n
		c.mean += d * n / float64(total)
		c.n = total
		return
	}
	// The distances of o from the mean of c, then all of them from the new mean.
	c.squares += o.squares + 2*d*o.drift + n*d*d
	c.drift += o.drift + n*d
	c.n = total
	if total != 0 {
		c.mean += c.drift / float64(total)
		c.squares -= c.drift * c.drift / float64(total)
		c.drift = 0
	}
}

func (v *variance) Merge(groups []uint32, state []arrow.Array) error {
	n, mean := values[int64](state[0]), values[float64](state[1])
	squares, drift, specials := values[float64](state[2]), values[float64](state[3]), values[int64](state[4])
	for i, g := range groups {
		v.cells[g].merge(varCell{n[i], mean[i], squares[i], drift[i], specials[i]})
	}
	return nil
}

func (v *variance) State(groups []uint32) ([]arrow.Array, error) {
	groups = every(groups, len(v.cells))
	floats := func(of func(varCell) float64) arrow.Array {
		return mustFixed(v.mem, arrow.PrimitiveTypes.Float64, len(groups), func(out []float64, _ *nullMask) {
			for i, g := range groups {
				out[i] = of(v.cells[g])
			}
		})
	}
	return []arrow.Array{
		counts(v.mem, groups, func(g uint32) int64 { return v.cells[g].n }),
		floats(func(c varCell) float64 { return c.mean }),
		floats(func(c varCell) float64 { return c.squares }),
		floats(func(c varCell) float64 { return c.drift }),
		counts(v.mem, groups, func(g uint32) int64 { return v.cells[g].specials }),
	}, nil
}

func (v *variance) Result(groups []uint32) (arrow.Array, error) {
	groups = every(groups, len(v.cells))
	return makeFixed(v.mem, arrow.PrimitiveTypes.Float64, len(groups), func(out []float64, nulls *nullMask) error {
		for i, g := range groups {
			c := v.cells[g]
			out[i] = 0
			switch {
			case c.n+c.specials <= v.less:
				nulls.set(i)
			case c.specials > 0:
				out[i] = math.NaN()
			case c.squares-c.squares != 0:
				return outOfRange("a variance", types.Of(types.Float64), v.pos)
			default:
				out[i] = max(c.squares, 0) / float64(c.n-v.less)
				if v.root {
					out[i] = math.Sqrt(out[i])
				}
			}
		}
		return nil
	})
}

func (v *variance) Bytes() int64 { return sizeOf(v.cells) }
func (v *variance) Reset()       { v.cells = v.cells[:0] }
func (v *variance) Release()     { v.cells = nil }
