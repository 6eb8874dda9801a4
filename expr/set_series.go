package expr

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/sqlerr"
	"millrace/types"
)

var seriesFunctions = []Function{
	{Name: "generate_series", Group: "Sets", Doc: "The values from the first to the second argument, both included, a step apart: 1 where it is left out.",
		Example: "generate_series(1, 7, 3)", ExampleResult: "1; 4; 7",
		Overloads: []Overload{
			seriesOf[int32](types.Int32, 4, 2), seriesOf[int32](types.Int32, 4, 3),
			seriesOf[int64](types.Int64, 8, 2), seriesOf[int64](types.Int64, 8, 3),
			decimalSeries(2), decimalSeries(3), timeSeries(types.Timestamp), timeSeries(types.TimestampTZ),
		}},
	{Name: "generate_subscripts", Group: "Sets", Doc: "The positions of an array's elements, from 1. The second argument is the dimension: 1.",
		Example: "generate_subscripts(string_to_array('a,b', ','), 1)", ExampleResult: "1; 2",
		Overloads: []Overload{{Args: []types.Kind{types.Array, types.Int32}, Result: types.Int32, Strict: true, Rows: subscripts}}},
}

// series is values that are a step apart: a value is next of the one before it in its row.
type series[T pod] struct {
	mem    memory.Allocator
	typ    types.Type
	width  int
	counts []int64
	start  []T
	next   func(row int, v T) T

	row int // the row and the position of the value that was made last: -1, none
	at  int64
	v   T
}

func newSeries[T pod](in *Input, width int) *series[T] {
	return &series[T]{mem: in.Mem, typ: in.call.typ, width: width, counts: make([]int64, in.N), start: make([]T, in.N), row: -1}
}

func (s *series[T]) Counts() []int64 { return s.counts }
func (s *series[T]) Release()        {}

func (s *series[T]) Values(rows []int32, at []int64) (arrow.Array, error) {
	buf, dst := newPods[T](s.mem, len(rows), s.width)
	missing := 0
	var zero T
	for i, r := range rows {
		to := at[i]
		if to < 0 {
			dst[i] = zero
			missing++
			continue
		}
		if int(r) != s.row || to < s.at {
			s.row, s.at, s.v = int(r), 0, s.start[r]
		}
		for ; s.at < to; s.at++ {
			s.v = s.next(int(r), s.v)
		}
		dst[i] = s.v
	}
	if missing == 0 {
		return newArray(s.typ.Arrow(), len(rows), 0, nil, buf), nil
	}
	nulls := newBuffer(s.mem, bitBytes(len(rows)))
	clear(nulls.Bytes())
	for i, p := range at {
		if p >= 0 {
			setBit(nulls.Bytes(), i)
		}
	}
	return newArray(s.typ.Arrow(), len(rows), missing, nulls, buf), nil
}

// eachPresent calls f for the rows that have all arguments.
func (in *Input) eachPresent(f func(i int) error) error {
	nulls, _ := in.nulls()
	defer release(nulls)
	valid := validOf(nulls)
	for i := range in.N {
		if valid.get(i) {
			if err := f(i); err != nil {
				return err
			}
		}
	}
	return nil
}

func (in *Input) zeroStep(i int) error {
	return in.fault(i, sqlerr.InvalidParameterValue, "step size cannot equal zero")
}

func repeated(k types.Kind, n int) []types.Kind {
	out := make([]types.Kind, n)
	for i := range out {
		out[i] = k
	}
	return out
}

func seriesOf[T int32 | int64](k types.Kind, width, args int) Overload {
	return Overload{Args: repeated(k, args), Result: k, Strict: true, Fails: true, Rows: func(in *Input) (SetRows, error) {
		start, stop := col[T](in, 0), col[T](in, 1)
		steps := make([]T, in.N)
		s := newSeries[T](in, width)
		s.next = func(row int, v T) T { return v + steps[row] }
		err := in.eachPresent(func(i int) error {
			step := int64(1)
			if args == 3 {
				c := col[T](in, 2)
				step = int64(c.at(i))
			}
			if step == 0 {
				return in.zeroStep(i)
			}
			steps[i], s.start[i] = T(step), start.at(i)
			s.counts[i] = countSteps(int64(start.at(i)), int64(stop.at(i)), step)
			return nil
		})
		return s, err
	}}
}

// countSteps is how many values there are from start to stop.
func countSteps(start, stop, step int64) int64 {
	if step > 0 && start > stop || step < 0 && start < stop {
		return 0
	}
	apart, by := uint64(stop)-uint64(start), uint64(step) // differences of 64 bits have no sign
	if step < 0 {
		apart, by = uint64(start)-uint64(stop), -uint64(step)
	}
	return int64(min(apart/by, math.MaxInt64-1)) + 1
}

// decimalSeries has the digits of all of its arguments.
func decimalSeries(args int) Overload {
	digits := func(ts []types.Type) types.Type {
		out := asDecimal(ts[0])
		for _, t := range ts[1:] {
			out = widerDecimal(out, asDecimal(t))
		}
		return out
	}
	return Overload{Args: repeated(types.Decimal, args), Type: digits, Strict: true, Fails: true, Rows: func(in *Input) (SetRows, error) {
		steps := make([]decimal128.Num, in.N)
		s := newSeries[decimal128.Num](in, 16)
		s.next = func(row int, v decimal128.Num) decimal128.Num { return v.Add(steps[row]) }
		arg := func(k, i int) (decimal128.Num, error) {
			c := col[decimal128.Num](in, k)
			v, ok := rescale(c.at(i), in.call.args[k].Type().Scale, in.call.typ.Scale)
			if !ok {
				return v, in.fault(i, sqlerr.NumericOutOfRange, "value out of range")
			}
			return v, nil
		}
		err := in.eachPresent(func(i int) error {
			start, err := arg(0, i)
			if err != nil {
				return err
			}
			stop, err := arg(1, i)
			if err != nil {
				return err
			}
			step, ok := rescale(decimal128.FromI64(1), 0, in.call.typ.Scale)
			if args == 3 {
				if step, err = arg(2, i); err != nil {
					return err
				}
			} else if !ok {
				return in.fault(i, sqlerr.NumericOutOfRange, "value out of range")
			}
			if step.Sign() == 0 {
				return in.zeroStep(i)
			}
			s.start[i], steps[i] = start, step
			apart := stop.Sub(start)
			if apart.Sign() != 0 && apart.Sign() != step.Sign() {
				return nil
			}
			n, _ := apart.Div(step)
			if s.counts[i] = math.MaxInt64; small(n) {
				s.counts[i] = int64(n.LowBits()) + 1
			}
			return nil
		})
		return s, err
	}}
}

// timeSeries adds the interval to the point before, as PostgreSQL does: a month from January 31st is February 28th,
// and from there March 28th.
func timeSeries(k types.Kind) Overload {
	return Overload{Args: []types.Kind{k, k, types.Interval}, Result: k, Strict: true, Fails: true, Rows: func(in *Input) (SetRows, error) {
		start, stop, by := col[int64](in, 0), col[int64](in, 1), col[interval](in, 2)
		s := newSeries[int64](in, 8)
		steps := make([]interval, in.N) // the arguments are not there any more when values are made
		s.next = func(row int, v int64) int64 {
			v, _ = addInterval(v, steps[row], 1) // no value behind stop is asked for
			return v
		}
		err := in.eachPresent(func(i int) error {
			from, to, step := start.at(i), stop.at(i), by.at(i)
			steps[i], s.start[i] = step, from
			length := (int64(step.Months)*30+int64(step.Days))*types.MicrosPerDay + step.Nanoseconds/1000
			switch {
			case length == 0:
				return in.zeroStep(i)
			case step.Months == 0:
				s.counts[i] = countSteps(from, to, length)
				return nil
			}
			for v := from; length > 0 && v <= to || length < 0 && v >= to; s.counts[i]++ {
				next, ok := addInterval(v, step, 1)
				if !ok {
					s.counts[i]++
					return nil
				}
				if length > 0 && next <= v || length < 0 && next >= v {
					return in.fault(i, sqlerr.InvalidParameterValue, "the step does not lead to the end")
				}
				v = next
			}
			return nil
		})
		return s, err
	}}
}

func subscripts(in *Input) (SetRows, error) {
	lists, offs, mask, dim := in.args[0], offsets(in.args[0]), in.mask(0), col[int32](in, 1)
	s := newSeries[int32](in, 4)
	s.next = func(_ int, v int32) int32 { return v + 1 }
	if lists.Len() == 0 {
		return s, nil
	}
	first := int32(firstPosition(in.call.args[0].Type()))
	err := in.eachPresent(func(i int) error {
		s.start[i] = first
		if dim.at(i) == 1 {
			s.counts[i] = int64(offs[i&mask+1] - offs[i&mask])
		}
		return nil
	})
	return s, err
}
