package agg

import (
	"math"
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/expr"
	"millrace/sqlerr"
	"millrace/types"
)

// sumInterval is the sum of intervals, field by field, and the number of values: sum and avg. Its state is months, days,
// nanoseconds in 128 bits, and the number.
type sumInterval struct {
	mem   memory.Allocator
	pos   sqlerr.Pos
	avg   bool
	cells []intervalCell
}

type intervalCell struct {
	months, days int64
	nanos        word2
	n            int64
}

func sumIntervalCall(avg bool, pos sqlerr.Pos) Call {
	n, t := types.Of(types.Int64), types.Of(types.Interval)
	return Call{
		Args: []types.Type{t}, Result: t, State: []types.Type{n, n, types.DecimalOf(38, 0), n},
		New: func(mem memory.Allocator) Accumulator { return &sumInterval{mem: mem, pos: pos, avg: avg} },
	}
}

func (s *sumInterval) Grow(groups int) { s.cells = grown(s.cells, groups) }

func (s *sumInterval) Update(groups []uint32, args []arrow.Array, sign []int8) error {
	valid := validity(args[0])
	vals := values[arrow.MonthDayNanoInterval](args[0])
	for i, g := range groups {
		if !valid.all() && !valid.has(i) {
			continue
		}
		n := int64(1)
		if sign != nil {
			n = int64(sign[i])
		}
		c, v := &s.cells[g], vals[i]
		nanos := extend(v.Nanoseconds)
		if n < 0 {
			nanos = negate128(nanos)
		}
		c.months += n * int64(v.Months)
		c.days += n * int64(v.Days)
		c.nanos = add128(c.nanos, nanos)
		c.n += n
	}
	return nil
}

func (s *sumInterval) Merge(groups []uint32, state []arrow.Array) error {
	months, days := values[int64](state[0]), values[int64](state[1])
	nanos, n := values[word2](state[2]), values[int64](state[3])
	for i, g := range groups {
		c := &s.cells[g]
		c.months += months[i]
		c.days += days[i]
		c.nanos = add128(c.nanos, nanos[i])
		c.n += n[i]
	}
	return nil
}

func (s *sumInterval) State(groups []uint32) ([]arrow.Array, error) {
	groups = every(groups, len(s.cells))
	return []arrow.Array{
		counts(s.mem, groups, func(g uint32) int64 { return s.cells[g].months }),
		counts(s.mem, groups, func(g uint32) int64 { return s.cells[g].days }),
		mustFixed(s.mem, types.DecimalOf(38, 0).Arrow(), len(groups), func(out []word2, _ *nullMask) {
			for i, g := range groups {
				out[i] = s.cells[g].nanos
			}
		}),
		counts(s.mem, groups, func(g uint32) int64 { return s.cells[g].n }),
	}, nil
}

func (s *sumInterval) Result(groups []uint32) (arrow.Array, error) {
	groups = every(groups, len(s.cells))
	return makeFixed(s.mem, types.Of(types.Interval).Arrow(), len(groups), func(out []arrow.MonthDayNanoInterval, nulls *nullMask) error {
		for i, g := range groups {
			c := &s.cells[g]
			if c.n == 0 {
				out[i] = arrow.MonthDayNanoInterval{}
				nulls.set(i)
				continue
			}
			v, ok := c.sum()
			if s.avg {
				v, ok = c.average()
			}
			if !ok {
				return sqlerr.New(sqlerr.DatetimeOverflow, s.pos, "INTERVAL out of range")
			}
			out[i] = v
		}
		return nil
	})
}

// sum is false where a field is out of range.
func (c *intervalCell) sum() (arrow.MonthDayNanoInterval, bool) {
	v := arrow.MonthDayNanoInterval{Months: int32(c.months), Days: int32(c.days), Nanoseconds: int64(c.nanos.lo)}
	return v, int64(v.Months) == c.months && int64(v.Days) == c.days && extend(v.Nanoseconds) == c.nanos
}

// average is false where a field is out of range. The sum may be: then its time is divided by itself.
func (c *intervalCell) average() (arrow.MonthDayNanoInterval, bool) {
	sum, ok := c.sum()
	if ok {
		return expr.DivideInterval(sum, float64(c.n))
	}
	if int64(sum.Months) != c.months || int64(sum.Days) != c.days {
		return sum, false
	}
	size, negative := magnitude(c.nanos)
	div := uint64(c.n) * 1000
	if c.n <= 0 || c.n > math.MaxInt64/1000 || size.hi >= div {
		return sum, false
	}
	micros, _ := bits.Div64(size.hi, size.lo, div)
	if micros > math.MaxInt64/1000 {
		return sum, false
	}
	time := arrow.MonthDayNanoInterval{Nanoseconds: int64(micros) * 1000}
	if negative {
		time.Nanoseconds = -time.Nanoseconds
	}
	sum.Nanoseconds = 0
	v, ok := expr.DivideInterval(sum, float64(c.n))
	if !ok {
		return v, false
	}
	return expr.AddIntervals(v, time)
}

func (s *sumInterval) Bytes() int64 { return sizeOf(s.cells) }
func (s *sumInterval) Reset()       { s.cells = s.cells[:0] }
func (s *sumInterval) Release()     { s.cells = nil }
