package agg

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/sqlerr"
	"millrace/types"
)

var sumFunctions = []Function{{
	Name: "sum", Doc: "The sum: a BIGINT of SMALLINT and INT, a DECIMAL of BIGINT and DECIMAL, else of the argument's type. NULL where there is no value.",
	Example: "sum(price)", ExampleResult: "12.0", Retracts: true, Takes: numberOrInterval,
	resolve: func(args []types.Type, pos sqlerr.Pos) (Call, bool) {
		if len(args) != 1 {
			return Call{}, false
		}
		c := Call{Args: args}
		switch args[0].Kind {
		case types.Int16, types.Int32:
			c.Result = types.Of(types.Int64)
			c.State = []types.Type{c.Result, types.Of(types.Int64)}
			c.New = func(mem memory.Allocator) Accumulator { return &sumInt{mem: mem, pos: pos} }
		case types.Int64, types.Decimal:
			c.Result = types.DecimalOf(38, args[0].Scale)
			c.State = []types.Type{c.Result, types.Of(types.Int64)}
			c.New = func(mem memory.Allocator) Accumulator { return newSum128(mem, "sum", args[0], pos) }
		case types.Float32, types.Float64:
			c.Result = args[0]
			c.State = floatSumState()
			c.New = func(mem memory.Allocator) Accumulator {
				return &sumFloat{mem: mem, name: "sum", result: args[0], pos: pos}
			}
		case types.Interval:
			return sumIntervalCall(false, pos), true
		default:
			return Call{}, false
		}
		return c, true
	},
}}

const (
	oneNumber        = "one number: SMALLINT, INT, BIGINT, DECIMAL, REAL or DOUBLE"
	numberOrInterval = oneNumber + "; or one INTERVAL"
)

// sumInt is sum of SMALLINT and INT. Its state is the sum and the number of values: of none it is NULL.
type sumInt struct {
	mem   memory.Allocator
	pos   sqlerr.Pos
	cells []intCell
}

type intCell struct{ sum, n int64 }

func (s *sumInt) Grow(groups int) { s.cells = grown(s.cells, groups) }

func (s *sumInt) Update(groups []uint32, args []arrow.Array, sign []int8) error {
	valid := validity(args[0])
	var scratch block
	for from := 0; from < len(groups); from += blockRows {
		to := min(from+blockRows, len(groups))
		words := loadWords(args[0], 0, from, to, &scratch)
		ok := false
		if valid.all() && sign == nil {
			ok = s.add(groups[from:to], words)
		} else {
			ok = s.addSome(groups[from:to], words, valid.from(from), signs(sign, from, to))
		}
		if !ok {
			return outOfRange("sum", types.Of(types.Int64), s.pos)
		}
	}
	return nil
}

// add is false where a sum overflows.
func (s *sumInt) add(groups []uint32, words []uint64) bool {
	cells, bad := s.cells, int64(0)
	words = words[:len(groups)]
	for i, g := range groups {
		c, v := &cells[g], int64(words[i])
		sum := c.sum + v
		bad |= (c.sum ^ sum) & (v ^ sum) // negative where both signs differ from the sum's
		c.sum = sum
		c.n++
	}
	return bad >= 0
}

func (s *sumInt) addSome(groups []uint32, words []uint64, valid bitmap, sign []int8) bool {
	bad := int64(0)
	for i, g := range groups {
		if !valid.all() && !valid.has(i) {
			continue
		}
		c, v, n := &s.cells[g], int64(words[i]), int64(1)
		if sign != nil && sign[i] < 0 {
			v, n = -v, -1
		}
		sum := c.sum + v
		bad |= (c.sum ^ sum) & (v ^ sum)
		c.sum = sum
		c.n += n
	}
	return bad >= 0
}

func (s *sumInt) Merge(groups []uint32, state []arrow.Array) error {
	sums, n := values[int64](state[0]), values[int64](state[1])
	for i, g := range groups {
		c := &s.cells[g]
		sum := c.sum + sums[i]
		if (c.sum^sum)&(sums[i]^sum) < 0 {
			return outOfRange("sum", types.Of(types.Int64), s.pos)
		}
		c.sum = sum
		c.n += n[i]
	}
	return nil
}

func (s *sumInt) State(groups []uint32) ([]arrow.Array, error) {
	groups = every(groups, len(s.cells))
	return []arrow.Array{
		counts(s.mem, groups, func(g uint32) int64 { return s.cells[g].sum }),
		counts(s.mem, groups, func(g uint32) int64 { return s.cells[g].n }),
	}, nil
}

func (s *sumInt) Result(groups []uint32) (arrow.Array, error) {
	groups = every(groups, len(s.cells))
	return mustFixed(s.mem, arrow.PrimitiveTypes.Int64, len(groups), func(out []int64, nulls *nullMask) {
		for i, g := range groups {
			out[i] = s.cells[g].sum
			if s.cells[g].n == 0 {
				nulls.set(i)
			}
		}
	}), nil
}

func (s *sumInt) Bytes() int64 { return sizeOf(s.cells) }
func (s *sumInt) Reset()       { s.cells = s.cells[:0] }
func (s *sumInt) Release()     { s.cells = nil }

// signs is the part of sign for some rows; nil stays nil.
func signs(sign []int8, from, to int) []int8 {
	if sign == nil {
		return nil
	}
	return sign[from:to]
}

// outOfRange is the error of an aggregate whose value its type cannot hold.
func outOfRange(name string, t types.Type, pos sqlerr.Pos) error {
	return sqlerr.New(sqlerr.NumericOutOfRange, pos, "%s is out of range of %s", name, t)
}

// retracted reports whether a row is taken back.
func retracted(sign []int8) bool {
	for _, s := range sign {
		if s < 0 {
			return true
		}
	}
	return false
}

// noRetract is the error of an aggregate that cannot take rows back.
func noRetract(name string, pos sqlerr.Pos) error {
	return sqlerr.New(sqlerr.FeatureNotSupported, pos, "%s over rows that are updated or deleted is not supported", name).
		WithHint("Aggregate the rows as they are inserted, before they are updated; count, count_if, sum, avg, stddev and variance do take updates.")
}
