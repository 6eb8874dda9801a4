package agg

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/sqlerr"
	"millrace/types"
)

// sumFloat is the sum of REAL or DOUBLE in a double, and the number of values: the state of sum and avg. Infinities and
// NaNs are counted apart from the sum, so that they can be taken back. What rounding leaves of a value that was taken
// back stays in the sum; with no value at all the result is NULL all the same.
type sumFloat struct {
	mem      memory.Allocator
	name     string     // of the function, for errors
	result   types.Type // Float32 or Float64
	pos      sqlerr.Pos
	cells    []floatCell
	specials []specialCell // nil until there is one
}

type floatCell struct {
	sum float64 // of the finite values
	n   int64   // of all
}

type specialCell struct{ nan, posInf, negInf int64 }

// floatSumState is the sum, the number of values, and how many of them are NaN, Infinity and -Infinity.
func floatSumState() []types.Type {
	n := types.Of(types.Int64)
	return []types.Type{types.Of(types.Float64), n, n, n, n}
}

func (s *sumFloat) Grow(groups int) {
	s.cells = grown(s.cells, groups)
	if s.specials != nil {
		s.specials = grown(s.specials, groups)
	}
}

func (s *sumFloat) Update(groups []uint32, args []arrow.Array, sign []int8) error {
	valid := validity(args[0])
	var scratch floatBlock
	for from := 0; from < len(groups); from += blockRows {
		to := min(from+blockRows, len(groups))
		vals := loadFloats(args[0], from, to, &scratch)
		if valid.all() && sign == nil {
			if !s.add(groups[from:to], vals) {
				return outOfRange(s.name, types.Of(types.Float64), s.pos)
			}
			continue
		}
		s.addSome(groups[from:to], vals, valid.from(from), signs(sign, from, to))
		if err := s.check(groups[from:to]); err != nil {
			return err
		}
	}
	return nil
}

// add is false where a sum of finite values has become infinite.
func (s *sumFloat) add(groups []uint32, vals []float64) bool {
	cells, bad := s.cells, false
	vals = vals[:len(groups)]
	for i, g := range groups {
		c, v := &cells[g], vals[i]
		if v-v != 0 { // an infinity or NaN
			s.special(g, v, 1)
			v = 0
		}
		c.sum += v
		c.n++
		if c.sum-c.sum != 0 {
			bad = true
		}
	}
	return !bad
}

func (s *sumFloat) addSome(groups []uint32, vals []float64, valid bitmap, sign []int8) {
	for i, g := range groups {
		if !valid.all() && !valid.has(i) {
			continue
		}
		c, v, n := &s.cells[g], vals[i], int64(1)
		if sign != nil && sign[i] < 0 {
			n = -1
		}
		if v-v != 0 {
			s.special(g, v, n)
			v = 0
		}
		c.sum += float64(n) * v
		c.n += n
	}
}

func (s *sumFloat) special(g uint32, v float64, n int64) {
	if s.specials == nil {
		s.specials = make([]specialCell, len(s.cells))
	}
	c := &s.specials[g]
	switch {
	case v != v:
		c.nan += n
	case v > 0:
		c.posInf += n
	default:
		c.negInf += n
	}
}

// check fails where a sum of finite values has become infinite.
func (s *sumFloat) check(groups []uint32) error {
	for _, g := range groups {
		if sum := s.cells[g].sum; sum-sum != 0 {
			return outOfRange(s.name, types.Of(types.Float64), s.pos)
		}
	}
	return nil
}

func (s *sumFloat) Merge(groups []uint32, state []arrow.Array) error {
	sums, n := values[float64](state[0]), values[int64](state[1])
	nan, posInf, negInf := values[int64](state[2]), values[int64](state[3]), values[int64](state[4])
	for i, g := range groups {
		c := &s.cells[g]
		c.sum += sums[i]
		c.n += n[i]
		if nan[i]|posInf[i]|negInf[i] != 0 {
			s.special(g, math.NaN(), nan[i])
			s.special(g, math.Inf(1), posInf[i])
			s.special(g, math.Inf(-1), negInf[i])
		}
	}
	return s.check(groups)
}

func (s *sumFloat) State(groups []uint32) ([]arrow.Array, error) {
	groups = every(groups, len(s.cells))
	special := func(pick func(specialCell) int64) arrow.Array {
		return counts(s.mem, groups, func(g uint32) int64 {
			if s.specials == nil {
				return 0
			}
			return pick(s.specials[g])
		})
	}
	return []arrow.Array{
		mustFixed(s.mem, arrow.PrimitiveTypes.Float64, len(groups), func(out []float64, _ *nullMask) {
			for i, g := range groups {
				out[i] = s.cells[g].sum
			}
		}),
		counts(s.mem, groups, func(g uint32) int64 { return s.cells[g].n }),
		special(func(c specialCell) int64 { return c.nan }),
		special(func(c specialCell) int64 { return c.posInf }),
		special(func(c specialCell) int64 { return c.negInf }),
	}, nil
}

// total is the sum of a group with its infinities and NaNs.
func (s *sumFloat) total(g uint32) float64 {
	if s.specials == nil {
		return s.cells[g].sum
	}
	c := s.specials[g]
	switch {
	case c.nan > 0 || c.posInf > 0 && c.negInf > 0:
		return math.NaN()
	case c.posInf > 0:
		return math.Inf(1)
	case c.negInf > 0:
		return math.Inf(-1)
	}
	return s.cells[g].sum
}

func (s *sumFloat) Result(groups []uint32) (arrow.Array, error) {
	groups = every(groups, len(s.cells))
	if s.result.Kind == types.Float64 {
		return mustFixed(s.mem, s.result.Arrow(), len(groups), func(out []float64, nulls *nullMask) {
			for i, g := range groups {
				out[i] = s.total(g)
				if s.cells[g].n == 0 {
					nulls.set(i)
				}
			}
		}), nil
	}
	return makeFixed(s.mem, s.result.Arrow(), len(groups), func(out []float32, nulls *nullMask) error {
		for i, g := range groups {
			sum := s.total(g)
			out[i] = float32(sum)
			if s.cells[g].n == 0 {
				nulls.set(i)
			} else if math.IsInf(float64(out[i]), 0) && !math.IsInf(sum, 0) {
				return outOfRange(s.name, s.result, s.pos)
			}
		}
		return nil
	})
}

func (s *sumFloat) Bytes() int64 { return sizeOf(s.cells) + sizeOf(s.specials) }
func (s *sumFloat) Reset()       { s.cells, s.specials = s.cells[:0], nil }
func (s *sumFloat) Release()     { s.cells, s.specials = nil, nil }

// floatBlock holds some values on the stack.
type floatBlock [blockRows]float64

// loadFloats is the values from a[from] to a[to-1], of REAL or DOUBLE, as doubles.
func loadFloats(a arrow.Array, from, to int, scratch *floatBlock) []float64 {
	if a.DataType().ID() == arrow.FLOAT64 {
		return values[float64](a)[from:to]
	}
	out := scratch[:to-from]
	for i, v := range values[float32](a)[from:to] {
		out[i] = float64(v)
	}
	return out
}
