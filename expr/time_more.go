package expr

import (
	"math"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/sqlerr"
	"millrace/types"
)

// zones loads time zones by name, each once a batch.
type zones struct {
	in   *Input
	text textColumn
	k    int
	last string
	zone *time.Location
	seen map[string]*time.Location
}

func (in *Input) zones(k int) *zones {
	return &zones{in: in, text: in.text(k), k: k, seen: map[string]*time.Location{}}
}

func (z *zones) at(i int) (*time.Location, error) {
	s := z.text.at(i)
	if z.zone != nil && string(s) == z.last {
		return z.zone, nil
	}
	z.last = string(s)
	if z.zone = z.seen[z.last]; z.zone == nil {
		if strings.ContainsAny(z.last, "+-") && strings.Trim(z.last, "+-0123456789: ") == "" {
			return nil, z.in.fault(i, sqlerr.InvalidParameterValue, "a time zone must be a name, not an offset").
				WithHint("Write AT TIME ZONE INTERVAL '2 hours' for two hours east of Greenwich.")
		}
		zone, err := types.LoadZone(z.last)
		if err != nil {
			return nil, at(err, z.in.call.args[z.k].Pos())
		}
		z.zone, z.seen[z.last] = zone, zone
	}
	return z.zone, nil
}

// zonedTruncation is date_trunc of what the clocks in a zone show.
var zonedTruncation = Overload{Args: []types.Kind{types.Text, types.TimestampTZ, types.Text}, Result: types.TimestampTZ, Strict: true, Fails: true, Prepare: func(c *Call) (Kernel, error) {
	unit, err := c.unit()
	if err != nil {
		return nil, err
	}
	size, ok := clockUnits[unit]
	cut := func(x int64) int64 { return floorDiv(x, size) * size }
	if !ok {
		first, ok := calendarUnit(unit)
		if !ok {
			return nil, c.badUnit(unit, types.TimestampTZ, false)
		}
		cut = func(x int64) int64 {
			day, _ := types.SplitDay(x)
			return first(day) * types.MicrosPerDay
		}
	}
	return func(in *Input) (arrow.Array, error) {
		x, zones := col[int64](in, 1), in.zones(2)
		return fixedRows(in, 8, func(i int) (int64, error) {
			zone, err := zones.at(i)
			if err != nil {
				return 0, err
			}
			if size > 0 && size <= types.MicrosPerMinute { // zones differ by whole minutes
				return cut(x.at(i)), nil
			}
			return types.FromLocal(cut(types.ToLocal(x.at(i), zone)), zone), nil
		})
	}, nil
}}

// ageToday is age() from a point in time to the beginning of the day of the statement.
func ageToday(k types.Kind) Overload {
	return Overload{Args: []types.Kind{k}, Result: types.Interval, Strict: true, Volatility: Stable, Kernel: func(in *Input) (arrow.Array, error) {
		x := col[int64](in, 0)
		day, _ := types.SplitDay(in.Now)
		return fixed(in, 16, func(dst []interval) {
			for i := range dst {
				dst[i], _ = age(day*types.MicrosPerDay, x.at(i))
			}
		})
	}}
}

// makeInterval is make_interval of the first so many of years, months, weeks, days, hours, minutes and seconds.
func makeInterval(n int) Overload {
	args := make([]types.Kind, n)
	for k := range args {
		if args[k] = types.Int32; k == 6 {
			args[k] = types.Float64
		}
	}
	return Overload{Args: args, Result: types.Interval, Strict: true, Fails: true, Kernel: func(in *Input) (arrow.Array, error) {
		var whole [6]column[int32]
		for k := range min(n, 6) {
			whole[k] = col[int32](in, k)
		}
		var seconds column[float64]
		if n == 7 {
			seconds = col[float64](in, 6)
		}
		return fixedRows(in, 16, func(i int) (interval, error) {
			var v [6]int64
			for k := range min(n, 6) {
				v[k] = int64(whole[k].at(i))
			}
			s := 0.0
			if n == 7 {
				s = seconds.at(i)
			}
			months, days, micros := v[0]*12+v[1], v[2]*7+v[3], math.RoundToEven(s*1e6)
			rest := (v[4]*60 + v[5]) * types.MicrosPerMinute
			if int64(int32(months)) != months || int64(int32(days)) != days || !(math.Abs(micros)+math.Abs(float64(rest)) < math.MaxInt64/1000) {
				return interval{}, in.fault(i, sqlerr.DatetimeOverflow, "interval out of range")
			}
			return interval{Months: int32(months), Days: int32(days), Nanoseconds: (rest + int64(micros)) * 1000}, nil
		})
	}}
}

func makeIntervals() []Overload {
	var out []Overload
	for n := range 8 {
		out = append(out, makeInterval(n))
	}
	return out
}

// makeZoned is make_timestamptz, in UTC or in a zone.
func makeZoned(zoned bool) Overload {
	args := []types.Kind{types.Int32, types.Int32, types.Int32, types.Int32, types.Int32, types.Float64}
	if zoned {
		args = append(args, types.Text)
	}
	return Overload{Args: args, Result: types.TimestampTZ, Strict: true, Fails: true, Kernel: func(in *Input) (arrow.Array, error) {
		y, mo, d := col[int32](in, 0), col[int32](in, 1), col[int32](in, 2)
		h, m, s := col[int32](in, 3), col[int32](in, 4), col[float64](in, 5)
		var in6 *zones
		if zoned {
			in6 = in.zones(6)
		}
		return fixedRows(in, 8, func(i int) (int64, error) {
			day, okDay := dayOf(y.at(i), mo.at(i), d.at(i))
			of, okTime := ofDay(h.at(i), m.at(i), s.at(i))
			if !okDay || !okTime {
				return 0, in.fault(i, sqlerr.DatetimeOverflow, "date or time field value out of range")
			}
			if in6 == nil {
				return day*types.MicrosPerDay + of, nil
			}
			zone, err := in6.at(i)
			if err != nil {
				return 0, err
			}
			return types.FromLocal(day*types.MicrosPerDay+of, zone), nil
		})
	}}
}

func justifyInterval(iv interval) (interval, bool) {
	const dayNanos = types.MicrosPerDay * 1000
	months, days, nanos := int64(iv.Months), int64(iv.Days), iv.Nanoseconds
	days, nanos = days+nanos/dayNanos, nanos%dayNanos
	months, days = months+days/30, days%30
	switch {
	case months > 0 && (days < 0 || days == 0 && nanos < 0):
		days, months = days+30, months-1
	case months < 0 && (days > 0 || days == 0 && nanos > 0):
		days, months = days-30, months+1
	}
	switch {
	case days > 0 && nanos < 0:
		nanos, days = nanos+dayNanos, days-1
	case days < 0 && nanos > 0:
		nanos, days = nanos-dayNanos, days+1
	}
	return interval{Months: int32(months), Days: int32(days), Nanoseconds: nanos}, int64(int32(months)) == months
}

func isFinite(k types.Kind) Overload {
	return Overload{Args: []types.Kind{k}, Result: types.Bool, Strict: true, Kernel: func(in *Input) (arrow.Array, error) {
		return in.boolWords(func(int) uint64 { return ^uint64(0) }), nil
	}}
}

// overlapping is (a, b) OVERLAPS (c, d) for ends of a kind, where the second of a pair may be how long it is.
func overlapping(k types.Kind, lengths [2]bool) Overload {
	args := []types.Kind{k, k, k, k}
	for p, is := range lengths {
		if is {
			args[2*p+1] = types.Interval
		}
	}
	return Overload{Args: args, Result: types.Bool, Fails: true, Kernel: func(in *Input) (arrow.Array, error) {
		pairs := [2]func(i int) (span [2]int64, has [2]bool, err error){in.pair(0, k), in.pair(2, k)}
		buf := newBuffer(in.Mem, bitBytes(in.N))
		bits := buf.Bytes()
		clear(bits)
		var lost []int32
		for i := range in.N {
			a, hasA, err := pairs[0](i)
			b, hasB, err2 := pairs[1](i)
			if err = first(err, err2); err != nil {
				buf.Release()
				return nil, err
			}
			yes, known := overlap(a, b, hasA, hasB)
			if !known {
				lost = append(lost, int32(i))
			} else if yes {
				setBit(bits, i)
			}
		}
		nulls, nullN := nullsWithout(in.Mem, in.N, bitmap{}, lost)
		return newArray(arrow.FixedWidthTypes.Boolean, in.N, nullN, nulls, buf), nil
	}}
}

func first(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// pair reads arguments k and k+1: where something begins, and where it ends or how long it is.
func (in *Input) pair(k int, kind types.Kind) func(i int) ([2]int64, [2]bool, error) {
	start, hasStart, hasEnd := col[int64](in, k), in.present(k), in.present(k+1)
	if in.call.args[k+1].Type().Kind != types.Interval {
		end := col[int64](in, k+1)
		return func(i int) (s [2]int64, has [2]bool, err error) {
			return [2]int64{start.at(i), end.at(i)}, [2]bool{hasStart.at(i), hasEnd.at(i)}, nil
		}
	}
	length := col[interval](in, k+1)
	return func(i int) (s [2]int64, has [2]bool, err error) {
		has = [2]bool{hasStart.at(i), hasStart.at(i) && hasEnd.at(i)}
		if s[0] = start.at(i); !has[1] {
			return s, has, nil
		}
		ok := true
		if kind == types.Time {
			s[1], ok = shiftTime(1)(s[0], length.at(i))
		} else {
			s[1], ok = addInterval(s[0], length.at(i), 1)
		}
		if !ok {
			err = in.fault(i, sqlerr.DatetimeOverflow, "timestamp out of range")
		}
		return s, has, err
	}
}

// overlap says whether two spans of time have a point in common, which one that ends does not have with one that begins;
// known is false where that depends on an end that is NULL.
func overlap(a, b [2]int64, hasA, hasB [2]bool) (yes, known bool) {
	order := func(s [2]int64, has [2]bool) ([2]int64, [2]bool) {
		if !has[0] || has[1] && s[0] > s[1] {
			return [2]int64{s[1], s[0]}, [2]bool{has[1], has[0]}
		}
		return s, has
	}
	a, hasA = order(a, hasA)
	b, hasB = order(b, hasB)
	switch {
	case !hasA[0] || !hasB[0]:
		return false, false
	case a[0] > b[0]:
		a, b, hasA, hasB = b, a, hasB, hasA
	case a[0] == b[0]:
		return true, hasA[1] && hasB[1]
	}
	switch { // a begins before b
	case !hasA[1]:
		return false, false
	case b[0] < a[1]:
		return true, true
	}
	return false, hasB[1]
}

func overlaps() []Overload {
	var out []Overload
	for _, k := range []types.Kind{types.Timestamp, types.TimestampTZ, types.Time} {
		for _, l := range [][2]bool{{false, false}, {true, true}, {true, false}, {false, true}} {
			out = append(out, overlapping(k, l))
		}
	}
	return out
}

func timeFunction(name, doc, example, result string, overloads ...Overload) Function {
	return Function{Name: name, Group: "Times", Doc: doc, Example: example, ExampleResult: result, Overloads: overloads}
}

var moreTimeFunctions = []Function{
	timeFunction("make_interval", "An interval of years, months, weeks, days, hours, minutes and seconds, or the first of these.", "make_interval(1, 2, 0, 3, 4, 5, 6.5)", "1 year 2 mons 3 days 04:05:06.5", makeIntervals()...),
	timeFunction("make_timestamptz", "The TIMESTAMPTZ of a year, month, day, hour, minute and second, in UTC or a zone.", "make_timestamptz(2026, 7, 1, 12, 0, 0, 'Europe/Berlin')", "2026-07-01 10:00:00+00", makeZoned(false), makeZoned(true)),
	timeFunction("justify_interval", "The interval with 24 hours made a day and 30 days a month, all of one sign.", "justify_interval(INTERVAL '1 mon -1 hour')", "29 days 23:00:00", oneOf(types.Interval, types.Interval, 16, justifyInterval)),
	timeFunction("isfinite", "Whether a date, a point in time or an interval is finite, as all are here.", "isfinite(DATE '2026-01-01')", "true", isFinite(types.Date), isFinite(types.Timestamp), isFinite(types.TimestampTZ), isFinite(types.Interval)),
	timeFunction("overlaps", "Whether two spans of time overlap, each of which is its two ends, or one and how long it is.", "(DATE '2026-01-01', DATE '2026-02-01') OVERLAPS (DATE '2026-01-15', INTERVAL '3 days')", "true", overlaps()...),
	timeFunction("clock_timestamp", "The time at which the function is called.", "clock_timestamp() IS NOT NULL", "true", Overload{Result: types.TimestampTZ, Volatility: Each, Kernel: func(in *Input) (arrow.Array, error) {
		now := time.Now().UnixMicro()
		return fixed(in, 8, func(dst []int64) {
			for i := range dst {
				dst[i] = now
			}
		})
	}}),
}
