package agg

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/expr"
	"millrace/sqlerr"
	"millrace/types"
)

var percentileFunctions = []Function{
	{Name: "percentile_cont", Doc: "The value below which that fraction of the values is, between two of them if need be; of an array of fractions an array. A DOUBLE of numbers, or an INTERVAL.", Example: "percentile_cont(0.5) WITHIN GROUP (ORDER BY n)", ExampleResult: "2", Within: true, Fraction: true, Takes: "a constant from 0 to 1 or an array of such, and WITHIN GROUP (ORDER BY) one number or INTERVAL", resolveFraction: resolvePercentileCont},
	{Name: "percentile_disc", Doc: "The first value below or at which that fraction of the values is; of an array of fractions an array.", Example: "percentile_disc(ARRAY[0.25, 0.75]) WITHIN GROUP (ORDER BY n)", ExampleResult: "{1,2}", Within: true, Fraction: true, Takes: "a constant from 0 to 1 or an array of such, and WITHIN GROUP (ORDER BY) one argument that has an order", resolveFraction: resolvePercentileDisc},
	{Name: "mode", Doc: "The value that is there most often; of several the first in the order.", Example: "mode() WITHIN GROUP (ORDER BY fruit)", ExampleResult: "fig", Within: true, Takes: "nothing, and WITHIN GROUP (ORDER BY) one argument that has an order", resolve: resolveMode},
	{Name: "median", Doc: "The value in the middle: percentile_cont(0.5) WITHIN GROUP (ORDER BY the argument).", Example: "median(price)", ExampleResult: "2.5", Takes: "one number or INTERVAL", resolve: func(args []types.Type, pos sqlerr.Pos) (Call, bool) {
		return resolvePercentileCont(args, Fractions{Values: []float64{0.5}}, pos)
	}},
}

// orderWithin sets the order of a WITHIN GROUP, which is of the argument itself.
func orderWithin(c Call, by []Order) Call {
	s := *c.collect
	s.by = by
	ordered := s.call()
	ordered.Name, ordered.Within, ordered.Fractions = c.Name, true, c.Fractions
	return ordered
}

// withinSpec is an aggregate of the values of one column in their order, NULLs left out.
func withinSpec(name string, pos sqlerr.Pos, t, result types.Type) collectSpec {
	return collectSpec{name: name, pos: pos, cols: []types.Type{t}, result: result, by: []Order{{}}, need: 0}
}

func resolvePercentileDisc(args []types.Type, f Fractions, pos sqlerr.Pos) (Call, bool) {
	if len(args) != 1 {
		return Call{}, false
	}
	t := known(args[0])
	if !ordered(t) {
		return Call{}, false
	}
	s := withinSpec("percentile_disc", pos, t, f.result(t))
	s.finish = func(mem memory.Allocator, g gathered) (arrow.Array, error) {
		rows := make([]int32, 0, len(g.ends)*len(f.Values))
		nulls := nullMask{mem: mem, size: cap(rows)}
		defer nulls.release()
		for i := range g.ends {
			from, to := g.run(i)
			for _, p := range f.Values {
				if from == to || p != p {
					nulls.set(len(rows))
					rows = append(rows, -1)
					continue
				}
				rows = append(rows, int32(from+max(int(math.Ceil(p*float64(to-from)))-1, 0)))
			}
		}
		return f.fold(mem, t, g, takeOrNull(mem, t, g.cols[0], rows)), nil
	}
	return s.call(), true
}

// takeOrNull takes rows of a; those below 0 are NULL.
func takeOrNull(mem memory.Allocator, t types.Type, a arrow.Array, rows []int32) arrow.Array {
	b := array.NewBuilder(mem, t.Arrow())
	defer b.Release()
	b.AppendNull()
	null := b.NewArray()
	defer null.Release()
	all, err := array.Concatenate([]arrow.Array{a, null}, mem)
	if err != nil {
		panic(err) // two arrays of one type, the second of one row
	}
	defer all.Release()
	for i, r := range rows {
		if r < 0 {
			rows[i] = int32(a.Len())
		}
	}
	return expr.Take(mem, all, rows)
}

// result is the type of a percentile of values of t.
func (f Fractions) result(t types.Type) types.Type {
	if f.Array {
		return types.ArrayOf(t)
	}
	return t
}

// fold takes the values of each group, one for each fraction, into an array a group if there is to be one. It takes
// vals over.
func (f Fractions) fold(mem memory.Allocator, t types.Type, g gathered, vals arrow.Array) arrow.Array {
	if !f.Array {
		return vals
	}
	defer vals.Release()
	ends := make([]int32, len(g.ends))
	nulls := nullMask{mem: mem, size: len(ends)}
	defer nulls.release()
	for i := range ends {
		ends[i] = int32((i + 1) * len(f.Values))
		if from, to := g.run(i); from == to {
			nulls.set(i)
		}
	}
	return makeList(mem, t, ends, vals, &nulls)
}

func resolvePercentileCont(args []types.Type, f Fractions, pos sqlerr.Pos) (Call, bool) {
	if len(args) != 1 {
		return Call{}, false
	}
	t := types.Of(types.Float64)
	if args[0].Kind == types.Interval {
		t = args[0]
	} else if !args[0].Numeric() {
		return Call{}, false
	}
	s := withinSpec("percentile_cont", pos, t, f.result(t))
	s.finish = func(mem memory.Allocator, g gathered) (arrow.Array, error) {
		var vals arrow.Array
		var err error
		if t.Kind == types.Interval {
			vals, err = interpolate(mem, t, g, f, func(lo, hi arrow.MonthDayNanoInterval, part float64) (arrow.MonthDayNanoInterval, error) {
				diff, ok := expr.SubtractIntervals(hi, lo)
				if ok {
					diff, ok = expr.MultiplyInterval(diff, part)
				}
				if ok {
					diff, ok = expr.AddIntervals(diff, lo)
				}
				if !ok {
					return diff, sqlerr.New(sqlerr.DatetimeOverflow, pos, "INTERVAL out of range")
				}
				return diff, nil
			})
		} else {
			vals, err = interpolate(mem, t, g, f, func(lo, hi, part float64) (float64, error) { return lo + part*(hi-lo), nil })
		}
		if err != nil {
			return nil, err
		}
		return f.fold(mem, t, g, vals), nil
	}
	return s.call(), true
}

// interpolate is the value of each group at each fraction; between says what is at a part of the way between two values
// that are one behind the other.
func interpolate[T fixed](mem memory.Allocator, t types.Type, g gathered, f Fractions, between func(lo, hi T, part float64) (T, error)) (arrow.Array, error) {
	vals := values[T](g.cols[0])
	return makeFixed(mem, t.Arrow(), len(g.ends)*len(f.Values), func(out []T, nulls *nullMask) error {
		at := 0
		for i := range g.ends {
			from, to := g.run(i)
			for _, p := range f.Values {
				if from == to || p != p {
					out[at] = *new(T)
					nulls.set(at)
					at++
					continue
				}
				exact := p * float64(to-from-1)
				lo, hi := int(math.Floor(exact)), int(math.Ceil(exact))
				out[at] = vals[from+lo]
				if lo != hi {
					var err error
					if out[at], err = between(vals[from+lo], vals[from+hi], exact-float64(lo)); err != nil {
						return err
					}
				}
				at++
			}
		}
		return nil
	})
}

func resolveMode(args []types.Type, pos sqlerr.Pos) (Call, bool) {
	if len(args) != 1 {
		return Call{}, false
	}
	t := known(args[0])
	if !ordered(t) {
		return Call{}, false
	}
	s := withinSpec("mode", pos, t, t)
	s.finish = func(mem memory.Allocator, g gathered) (arrow.Array, error) {
		compare := expr.Comparator(t, g.cols[0])
		rows := make([]int32, len(g.ends))
		for i := range g.ends {
			rows[i] = -1
			from, to := g.run(i)
			for most := 0; from < to; {
				next := from + 1
				for next < to && compare(from, next) == 0 {
					next++
				}
				if next-from > most {
					most, rows[i] = next-from, int32(from)
				}
				from = next
			}
		}
		return takeOrNull(mem, t, g.cols[0], rows), nil
	}
	return s.call(), true
}
