package agg

import (
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/sqlerr"
	"millrace/types"
)

// sum128 is the sum of integers or decimals in 128 bits, and the number of values: the state of sum and avg. Sums of
// BIGINT would need 2^63 rows to overflow; those of decimals are checked. The result has 38 digits at most.
type sum128 struct {
	mem   memory.Allocator
	name  string // of the function, for errors
	state types.Type
	pos   sqlerr.Pos
	cells []cell128
	low   []uint64 // scratch
}

type cell128 struct {
	sum word2
	n   int64
}

func newSum128(mem memory.Allocator, name string, arg types.Type, pos sqlerr.Pos) *sum128 {
	return &sum128{mem: mem, name: name, state: types.DecimalOf(38, arg.Scale), pos: pos}
}

func (s *sum128) Grow(groups int) { s.cells = grown(s.cells, groups) }

func (s *sum128) Update(groups []uint32, args []arrow.Array, sign []int8) error {
	a := args[0]
	valid := validity(a)
	if a.DataType().ID() == arrow.DECIMAL128 {
		return s.updateDecimals(groups, values[word2](a), valid, sign)
	}
	if a.DataType().ID() == arrow.INT64 && valid.all() && sign == nil && spare(len(groups), len(s.cells)) {
		if done, err := s.addFew(groups, values[uint64](a)); done {
			return err
		}
	}
	var scratch block
	for from := 0; from < len(groups); from += blockRows {
		to := min(from+blockRows, len(groups))
		words := loadWords(a, 0, from, to, &scratch)
		if valid.all() && sign == nil {
			s.addInts(groups[from:to], words)
		} else {
			s.addSomeInts(groups[from:to], words, valid.from(from), signs(sign, from, to))
		}
	}
	return nil
}

// updateDecimals adds decimals: to few groups those that fit 64 bits, as nearly all do, as such.
func (s *sum128) updateDecimals(groups []uint32, vals []word2, valid bitmap, sign []int8) error {
	if !valid.all() || sign != nil || !spare(len(groups), len(s.cells)) {
		return s.addDecimals(groups, vals, valid, sign)
	}
	for from := 0; from < len(groups); from += laneRows {
		to := min(from+laneRows, len(groups))
		s.low = sized(s.low, to-from)
		done, err := false, error(nil)
		if lowWords(vals[from:to], s.low) {
			done, err = s.addFew(groups[from:to], s.low)
		}
		if !done {
			err = s.addDecimals(groups[from:to], vals[from:to], valid, nil)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *sum128) addInts(groups []uint32, words []uint64) {
	cells := s.cells
	words = words[:len(groups)]
	for i, g := range groups {
		c, v := &cells[g], words[i]
		lo, carry := bits.Add64(c.sum.lo, v, 0)
		c.sum.hi, _ = bits.Add64(c.sum.hi, uint64(int64(v)>>63), carry)
		c.sum.lo = lo
		c.n++
	}
}

func (s *sum128) addSomeInts(groups []uint32, words []uint64, valid bitmap, sign []int8) {
	for i, g := range groups {
		if !valid.all() && !valid.has(i) {
			continue
		}
		c, v, n := &s.cells[g], extend(int64(words[i])), int64(1)
		if sign != nil && sign[i] < 0 {
			v, n = negate128(v), -1
		}
		c.sum = add128(c.sum, v)
		c.n += n
	}
}

func (s *sum128) addDecimals(groups []uint32, vals []word2, valid bitmap, sign []int8) error {
	cells, bad := s.cells, uint64(0) // negative where a sum has lost its sign
	if valid.all() && sign == nil {
		vals = vals[:len(groups)]
		for i, g := range groups {
			c, v := &cells[g], vals[i]
			sum := add128(c.sum, v)
			bad |= (c.sum.hi ^ sum.hi) & (v.hi ^ sum.hi)
			c.sum = sum
			c.n++
		}
	} else {
		for i, g := range groups {
			if !valid.all() && !valid.has(i) {
				continue
			}
			c, v, n := &cells[g], vals[i], int64(1)
			if sign != nil && sign[i] < 0 {
				v, n = negate128(v), -1
			}
			sum := add128(c.sum, v)
			bad |= (c.sum.hi ^ sum.hi) & (v.hi ^ sum.hi)
			c.sum = sum
			c.n += n
		}
	}
	if int64(bad) < 0 {
		return outOfRange(s.name, s.state, s.pos)
	}
	return nil
}

func (s *sum128) Merge(groups []uint32, state []arrow.Array) error {
	sums, n := values[word2](state[0]), values[int64](state[1])
	for i, g := range groups {
		c := &s.cells[g]
		sum := add128(c.sum, sums[i])
		if overflows(c.sum, sums[i], sum) {
			return outOfRange(s.name, s.state, s.pos)
		}
		c.sum = sum
		c.n += n[i]
	}
	return nil
}

func (s *sum128) State(groups []uint32) ([]arrow.Array, error) {
	groups = every(groups, len(s.cells))
	sums := mustFixed(s.mem, s.state.Arrow(), len(groups), func(out []word2, _ *nullMask) {
		for i, g := range groups {
			out[i] = s.cells[g].sum
		}
	})
	return []arrow.Array{sums, counts(s.mem, groups, func(g uint32) int64 { return s.cells[g].n })}, nil
}

func (s *sum128) Result(groups []uint32) (arrow.Array, error) {
	groups = every(groups, len(s.cells))
	return makeFixed(s.mem, s.state.Arrow(), len(groups), func(out []word2, nulls *nullMask) error {
		for i, g := range groups {
			c := &s.cells[g]
			out[i] = c.sum
			if c.n == 0 {
				nulls.set(i)
			} else if size, _ := magnitude(c.sum); !less128(size, tenTo38) {
				return outOfRange(s.name, s.state, s.pos)
			}
		}
		return nil
	})
}

func (s *sum128) Bytes() int64 { return sizeOf(s.cells) + sizeOf(s.low) }
func (s *sum128) Reset()       { s.cells = s.cells[:0] }
func (s *sum128) Release()     { s.cells, s.low = nil, nil }

// tenTo38 is the first number with more digits than a DECIMAL has.
var tenTo38 = word2{lo: 0x098a224000000000, hi: 0x4b3b4ca85a86c47a}

// overflows reports whether sum, which is a+b, has lost its sign.
func overflows(a, b, sum word2) bool { return int64((a.hi^sum.hi)&(b.hi^sum.hi)) < 0 }

func negate128(a word2) word2 {
	lo, borrow := bits.Sub64(0, a.lo, 0)
	hi, _ := bits.Sub64(0, a.hi, borrow)
	return word2{lo, hi}
}

// magnitude is a without its sign, as an unsigned number.
func magnitude(a word2) (size word2, negative bool) {
	if int64(a.hi) < 0 {
		return negate128(a), true
	}
	return a, false
}

// less128 compares unsigned numbers.
func less128(a, b word2) bool { return a.hi < b.hi || a.hi == b.hi && a.lo < b.lo }
