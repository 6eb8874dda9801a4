package expr

import (
	"math"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"millrace/sqlerr"
	"millrace/types"
)

type interval = arrow.MonthDayNanoInterval

// addMonths moves a day by months; a day that the month does not have becomes its last.
func addMonths(day int64, months int32) int64 {
	y, m, d := types.Civil(day)
	n := y*12 + int64(m-1) + int64(months)
	y, m = floorDiv(n, 12), int(n-floorDiv(n, 12)*12)+1
	return types.Days(y, m, min(d, types.MonthDays(y, m)))
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// addInterval moves a point in time: by months, then days, then the rest, as PostgreSQL does.
func addInterval(at int64, iv interval, sign int64) (int64, bool) {
	if iv.Months != 0 {
		day, of := types.SplitDay(at)
		at = addMonths(day, int32(sign)*iv.Months)*types.MicrosPerDay + of
	}
	delta := sign * (int64(iv.Days)*types.MicrosPerDay + iv.Nanoseconds/1000)
	sum := at + delta
	return sum, (at^sum)&(delta^sum) >= 0
}

// pairOf is an overload of two fixed width arguments whose kernel is a value a row.
func pairOf[A, B, R pod](a, b, result types.Kind, width int, value func(x A, y B) (R, bool)) Overload {
	return Overload{Args: []types.Kind{a, b}, Result: result, Strict: true, Fails: true, Kernel: func(in *Input) (arrow.Array, error) {
		x, y := col[A](in, 0), col[B](in, 1)
		return fixedRows(in, width, func(i int) (R, error) {
			v, ok := value(x.at(i), y.at(i))
			if !ok {
				return v, in.fault(i, sqlerr.DatetimeOverflow, "the result is out of range")
			}
			return v, nil
		})
	}}
}

func shift(sign int64) func(int64, interval) (int64, bool) {
	return func(at int64, iv interval) (int64, bool) { return addInterval(at, iv, sign) }
}

func swapped[A, B, R any](f func(A, B) (R, bool)) func(B, A) (R, bool) {
	return func(b B, a A) (R, bool) { return f(a, b) }
}

func shiftDate(sign int64) func(int32, interval) (int64, bool) {
	return func(day int32, iv interval) (int64, bool) {
		return addInterval(int64(day)*types.MicrosPerDay, iv, sign)
	}
}

func shiftTime(sign int64) func(int64, interval) (int64, bool) {
	return func(at int64, iv interval) (int64, bool) {
		_, of := types.SplitDay(at + sign*(iv.Nanoseconds/1000%types.MicrosPerDay))
		return of, true
	}
}

func moveDate(sign int64) func(int32, int32) (int32, bool) {
	return func(day, n int32) (int32, bool) {
		v := int64(day) + sign*int64(n)
		return int32(v), int64(int32(v)) == v
	}
}

func dateAndTime(day int32, of int64) (int64, bool) { return int64(day)*types.MicrosPerDay + of, true }

func addIntervals(sign int64) func(x, y interval) (interval, bool) {
	return func(x, y interval) (interval, bool) {
		return interval{Months: x.Months + int32(sign)*y.Months, Days: x.Days + int32(sign)*y.Days, Nanoseconds: x.Nanoseconds + sign*y.Nanoseconds}, true
	}
}

// between is the interval from one point in time to another: days, and the rest below a day.
func between(x, y int64) (interval, bool) {
	d := x - y
	return interval{Days: int32(d / types.MicrosPerDay), Nanoseconds: d % types.MicrosPerDay * 1000}, (x^y)&(x^d) >= 0
}

// scaleInterval multiplies; what is left of months and days goes to the smaller units, a month having 30 days.
func scaleInterval(iv interval, f float64) (interval, bool) {
	months := float64(iv.Months) * f
	wholeMonths := math.Trunc(months)
	days := float64(iv.Days)*f + math.Round((months-wholeMonths)*30*1e6)/1e6
	wholeDays := math.Trunc(days)
	nanos := float64(iv.Nanoseconds)*f + math.Round((days-wholeDays)*types.MicrosPerDay)*1000
	ok := math.Abs(wholeMonths) < 1<<31 && math.Abs(wholeDays) < 1<<31 && math.Abs(nanos) < 1<<63
	return interval{Months: int32(wholeMonths), Days: int32(wholeDays), Nanoseconds: int64(math.Round(nanos/1000)) * 1000}, ok
}

var (
	timeAdditions = []Overload{
		pairOf(types.Timestamp, types.Interval, types.Timestamp, 8, shift(1)),
		pairOf(types.Interval, types.Timestamp, types.Timestamp, 8, swapped(shift(1))),
		pairOf(types.TimestampTZ, types.Interval, types.TimestampTZ, 8, shift(1)),
		pairOf(types.Interval, types.TimestampTZ, types.TimestampTZ, 8, swapped(shift(1))),
		pairOf(types.Date, types.Interval, types.Timestamp, 8, shiftDate(1)),
		pairOf(types.Interval, types.Date, types.Timestamp, 8, swapped(shiftDate(1))),
		pairOf(types.Time, types.Interval, types.Time, 8, shiftTime(1)),
		pairOf(types.Interval, types.Time, types.Time, 8, swapped(shiftTime(1))),
		pairOf(types.Date, types.Int32, types.Date, 4, moveDate(1)),
		pairOf(types.Int32, types.Date, types.Date, 4, swapped(moveDate(1))),
		pairOf(types.Date, types.Time, types.Timestamp, 8, dateAndTime),
		pairOf(types.Interval, types.Interval, types.Interval, 16, addIntervals(1)),
	}
	timeSubtractions = []Overload{
		pairOf(types.Timestamp, types.Interval, types.Timestamp, 8, shift(-1)),
		pairOf(types.TimestampTZ, types.Interval, types.TimestampTZ, 8, shift(-1)),
		pairOf(types.Date, types.Interval, types.Timestamp, 8, shiftDate(-1)),
		pairOf(types.Time, types.Interval, types.Time, 8, shiftTime(-1)),
		pairOf(types.Date, types.Int32, types.Date, 4, moveDate(-1)),
		pairOf(types.Date, types.Date, types.Int32, 4, func(x, y int32) (int32, bool) { return x - y, true }),
		pairOf(types.Timestamp, types.Timestamp, types.Interval, 16, between),
		pairOf(types.TimestampTZ, types.TimestampTZ, types.Interval, 16, between),
		pairOf(types.Time, types.Time, types.Interval, 16, func(x, y int64) (interval, bool) { return interval{Nanoseconds: (x - y) * 1000}, true }),
		pairOf(types.Interval, types.Interval, types.Interval, 16, addIntervals(-1)),
		{Args: []types.Kind{types.Interval}, Result: types.Interval, Strict: true, Kernel: func(in *Input) (arrow.Array, error) {
			x := col[interval](in, 0)
			return fixed(in, 16, func(dst []interval) {
				for i := range dst {
					v := x.at(i)
					dst[i] = interval{Months: -v.Months, Days: -v.Days, Nanoseconds: -v.Nanoseconds}
				}
			})
		}},
	}
	timeMultiplications = []Overload{
		pairOf(types.Interval, types.Float64, types.Interval, 16, scaleInterval),
		pairOf(types.Float64, types.Interval, types.Interval, 16, swapped(scaleInterval)),
	}
	timeDivisions = []Overload{
		pairOf(types.Interval, types.Float64, types.Interval, 16, func(iv interval, f float64) (interval, bool) {
			if f == 0 {
				return iv, false
			}
			return scaleInterval(iv, 1/f)
		}),
	}
)

// unary is an overload of one fixed width argument whose kernel is a value a row; why says what is wrong with one.
func unary[A, R pod](a, result types.Kind, width int, value func(x A) (R, string)) Overload {
	return Overload{Args: []types.Kind{a}, Result: result, Strict: true, Fails: true, Kernel: func(in *Input) (arrow.Array, error) {
		x := col[A](in, 0)
		return fixedRows(in, width, func(i int) (R, error) {
			v, why := value(x.at(i))
			if why != "" {
				return v, in.fault(i, sqlerr.NumericOutOfRange, why)
			}
			return v, nil
		})
	}}
}

func extension(o Overload) Overload {
	o.Extension = true
	return o
}

// nowKernel gives the time of the statement.
func nowKernel[R pod](width int, value func(now int64) R) Kernel {
	return func(in *Input) (arrow.Array, error) {
		return fixed(in, width, func(dst []R) {
			for i := range dst {
				dst[i] = value(in.Now)
			}
		})
	}
}

const tooLate = "the time is out of range"

func times(micros int64) func(x int64) (int64, string) {
	return func(x int64) (int64, string) {
		v := x * micros
		if v/micros != x {
			return 0, tooLate
		}
		return v, ""
	}
}

func today(now int64) int32 {
	d, _ := types.SplitDay(now)
	return int32(d)
}

var timeFunctions = []Function{
	{Name: "now", Group: "Times", Doc: "The time at which the statement began.", Example: "now() IS NOT NULL", ExampleResult: "true",
		Overloads: []Overload{{Result: types.TimestampTZ, Volatility: Stable, Kernel: nowKernel(8, func(now int64) int64 { return now })}}},
	{Name: "localtimestamp", Group: "Times", Doc: "The time at which the statement began, in UTC.", Example: "localtimestamp IS NOT NULL", ExampleResult: "true",
		Overloads: []Overload{{Result: types.Timestamp, Volatility: Stable, Kernel: nowKernel(8, func(now int64) int64 { return now })}}},
	{Name: "current_date", Group: "Times", Doc: "The day on which the statement began, in UTC.", Example: "current_date IS NOT NULL", ExampleResult: "true",
		Overloads: []Overload{{Result: types.Date, Volatility: Stable, Kernel: nowKernel(4, today)}}},
	{Name: "to_timestamp", Group: "Times", Doc: "The point in time so many seconds after 1970-01-01.", Example: "to_timestamp(1767225600.5)", ExampleResult: "2026-01-01 00:00:00.5+00",
		Overloads: []Overload{unary(types.Float64, types.TimestampTZ, 8, func(x float64) (int64, string) {
			v := math.RoundToEven(x * 1e6)
			if !(math.Abs(v) < 1<<63) {
				return 0, tooLate
			}
			return int64(v), ""
		})}},
	{Name: "to_timestamp_ms", Group: "Times", Doc: "The point in time so many milliseconds after 1970-01-01, as a TIMESTAMP in UTC.", Example: "to_timestamp_ms(1767225600500)", ExampleResult: "2026-01-01 00:00:00.5",
		Overloads: []Overload{extension(unary(types.Int64, types.Timestamp, 8, times(1000)))}},
	{Name: "from_unixtime", Group: "Times", Doc: "The point in time so many whole seconds after 1970-01-01, as a TIMESTAMP in UTC.", Example: "from_unixtime(1767225600)", ExampleResult: "2026-01-01 00:00:00",
		Overloads: []Overload{extension(unary(types.Int64, types.Timestamp, 8, times(1_000_000)))}},
	{Name: "epoch_ms", Group: "Times", Doc: "Milliseconds since 1970-01-01.", Example: "epoch_ms(TIMESTAMP '2026-01-01 00:00:00.5')", ExampleResult: "1767225600500",
		Overloads: []Overload{
			extension(unary(types.Timestamp, types.Int64, 8, func(x int64) (int64, string) { return floorDiv(x, 1000), "" })),
			extension(unary(types.TimestampTZ, types.Int64, 8, func(x int64) (int64, string) { return floorDiv(x, 1000), "" })),
		}},
	{Name: "date_trunc", Group: "Times", Doc: "The beginning of the unit that a point in time lies in: 'microsecond' to 'millennium'.", Example: "date_trunc('hour', TIMESTAMP '2026-01-01 12:34:56')", ExampleResult: "2026-01-01 12:00:00",
		Overloads: []Overload{truncation(types.Timestamp), truncation(types.TimestampTZ)}},
	{Name: "date_bin", Group: "Times", Doc: "The beginning of the stride that a point in time lies in, strides being counted from an origin.", Example: "date_bin('15 minutes', TIMESTAMP '2026-01-01 12:34:56', TIMESTAMP '2000-01-01')", ExampleResult: "2026-01-01 12:30:00",
		Overloads: []Overload{bin(types.Timestamp), bin(types.TimestampTZ)}},
	{Name: "extract", Group: "Times", Doc: "A field of a date, a time or an interval: 'year', 'month', 'day', 'hour', 'minute', 'second', 'dow', 'doy', 'epoch' and others.", Example: "extract(hour FROM TIMESTAMP '2026-01-01 12:34:56')", ExampleResult: "12",
		Overloads: []Overload{extraction(types.Timestamp), extraction(types.TimestampTZ), extraction(types.Date), extraction(types.Time), extraction(types.Interval)}},
	{Name: "make_date", Group: "Times", Doc: "The date of a year, month and day.", Example: "make_date(2026, 2, 28)", ExampleResult: "2026-02-28",
		Overloads: []Overload{{Args: []types.Kind{types.Int32, types.Int32, types.Int32}, Result: types.Date, Strict: true, Fails: true, Kernel: makeDate}}},
	{Name: "timezone", Group: "Times", Doc: "AT TIME ZONE: the local time of a point in time in a zone, or the point in time of a local time there.", Example: "timezone('UTC', TIMESTAMPTZ '2026-01-01 12:00:00+02')", ExampleResult: "2026-01-01 10:00:00",
		Overloads: []Overload{inZone(types.TimestampTZ, types.Timestamp, 1), inZone(types.Timestamp, types.TimestampTZ, -1)}},
}

func makeDate(in *Input) (arrow.Array, error) {
	y, m, d := col[int32](in, 0), col[int32](in, 1), col[int32](in, 2)
	return fixedRows(in, 4, func(i int) (int32, error) {
		year, month, day := int64(y.at(i)), int(m.at(i)), int(d.at(i))
		if year == 0 || month < 1 || month > 12 || day < 1 || day > types.MonthDays(year, month) {
			return 0, in.fault(i, sqlerr.DatetimeOverflow, "date field value out of range")
		}
		return int32(types.Days(year, month, day)), nil
	})
}

// unit reads a constant first argument in lower case.
func unit(c *Call) (string, error) {
	l, ok := c.constant(0)
	if !ok {
		return "", sqlerr.Unsupported(c.args[0].Pos(), c.fn.Name+" by a unit that is not a constant", "Write the unit as a string, such as 'hour'.")
	}
	return strings.ToLower(l.Value.(string)), nil
}

// truncation is date_trunc.
func truncation(k types.Kind) Overload {
	return Overload{Args: []types.Kind{types.Text, k}, Result: k, Strict: true, Prepare: func(c *Call) (Kernel, error) {
		name, err := unit(c)
		if err != nil {
			return nil, err
		}
		f, ok := truncate(strings.TrimSuffix(name, "s"))
		if !ok {
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, c.args[0].Pos(), "date_trunc has no unit %q", name).
				WithHint("%s", sqlerr.Suggest(name, []string{"microsecond", "millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year", "decade", "century"}))
		}
		return func(in *Input) (arrow.Array, error) {
			x := col[int64](in, 1)
			return fixed(in, 8, func(dst []int64) {
				for i := range dst {
					dst[i] = f(x.at(i))
				}
			})
		}, nil
	}}
}

func truncate(unit string) (func(int64) int64, bool) {
	if size, ok := map[string]int64{"microsecond": 1, "millisecond": 1000, "second": 1e6, "minute": 60e6, "hour": 3600e6, "day": types.MicrosPerDay}[unit]; ok {
		return func(x int64) int64 { return floorDiv(x, size) * size }, true
	}
	years := func(n, first int64) func(int64) int64 {
		return func(x int64) int64 {
			d, _ := types.SplitDay(x)
			y, _, _ := types.Civil(d)
			return types.Days(floorDiv(y-first, n)*n+first, 1, 1) * types.MicrosPerDay
		}
	}
	switch unit {
	case "week": // begins on Monday; 1970-01-01 was a Thursday
		return func(x int64) int64 { d, _ := types.SplitDay(x); return (floorDiv(d+3, 7)*7 - 3) * types.MicrosPerDay }, true
	case "month", "quarter":
		n := map[string]int{"month": 1, "quarter": 3}[unit]
		return func(x int64) int64 {
			d, _ := types.SplitDay(x)
			y, m, _ := types.Civil(d)
			return types.Days(y, (m-1)/n*n+1, 1) * types.MicrosPerDay
		}, true
	case "year":
		return years(1, 0), true
	case "decade":
		return years(10, 0), true
	case "century", "centurie":
		return years(100, 1), true
	case "millennium":
		return years(1000, 1), true
	}
	return nil, false
}

// bin is date_bin.
func bin(k types.Kind) Overload {
	return Overload{Args: []types.Kind{types.Interval, k, k}, Result: k, Strict: true, Fails: true, Kernel: func(in *Input) (arrow.Array, error) {
		stride, x, origin := col[interval](in, 0), col[int64](in, 1), col[int64](in, 2)
		return fixedRows(in, 8, func(i int) (int64, error) {
			s := stride.at(i)
			if s.Months != 0 {
				return 0, in.fault(i, sqlerr.FeatureNotSupported, "a stride of months or years is not supported")
			}
			size := int64(s.Days)*types.MicrosPerDay + s.Nanoseconds/1000
			if size <= 0 {
				return 0, in.fault(i, sqlerr.DatetimeOverflow, "the stride must be greater than zero")
			}
			return floorDiv(x.at(i)-origin.at(i), size)*size + origin.at(i), nil
		})
	}}
}

// extraction is EXTRACT: a DECIMAL with as many decimals as PostgreSQL prints for the field.
func extraction(k types.Kind) Overload {
	return Overload{Args: []types.Kind{types.Text, k}, Result: types.Decimal, Strict: true, Type: func([]types.Type) types.Type { return types.DecimalOf(38, 6) },
		Prepare: func(c *Call) (Kernel, error) {
			name, err := unit(c)
			if err != nil {
				return nil, err
			}
			f, scale, ok := extractor(name, k)
			if !ok {
				return nil, sqlerr.New(sqlerr.InvalidParameterValue, c.args[0].Pos(), "%s has no field %q", k, name).
					WithHint("There are year, quarter, month, week, day, dow, isodow, doy, hour, minute, second, milliseconds, microseconds, epoch, decade, century, millennium, isoyear, as the type has them.")
			}
			c.typ = types.DecimalOf(38, scale)
			return func(in *Input) (arrow.Array, error) {
				get := pointOf(in, k)
				return fixed(in, 16, func(dst []decimal128.Num) {
					for i := range dst {
						dst[i] = decimal128.FromI64(f(get(i)))
					}
				})
			}, nil
		}}
}

// point is what fields are read from: days and microseconds within one, or an interval.
type point struct {
	day, of int64
	iv      interval
}

func pointOf(in *Input, k types.Kind) func(i int) point {
	switch k {
	case types.Date:
		v := col[int32](in, 1)
		return func(i int) point { return point{day: int64(v.at(i))} }
	case types.Interval:
		v := col[interval](in, 1)
		return func(i int) point { return point{iv: v.at(i)} }
	case types.Time:
		v := col[int64](in, 1)
		return func(i int) point { return point{of: v.at(i)} }
	}
	v := col[int64](in, 1)
	return func(i int) point {
		d, of := types.SplitDay(v.at(i))
		return point{day: d, of: of}
	}
}

// extractor gives a field times 10 to the scale.
func extractor(name string, k types.Kind) (f func(point) int64, scale int, ok bool) {
	if k == types.Interval {
		return intervalField(name)
	}
	clock := map[string]struct {
		f     func(of int64) int64
		scale int
	}{
		"hour":         {func(of int64) int64 { return of / 3600e6 }, 0},
		"minute":       {func(of int64) int64 { return of / 60e6 % 60 }, 0},
		"second":       {func(of int64) int64 { return of % 60e6 }, 6},
		"milliseconds": {func(of int64) int64 { return of % 60e6 }, 3},
		"microseconds": {func(of int64) int64 { return of % 60e6 }, 0},
	}
	if c, found := clock[strings.TrimSuffix(name, "s")]; found && k != types.Date {
		return func(p point) int64 { return c.f(p.of) }, c.scale, true
	}
	if c, found := clock[name]; found && k != types.Date {
		return func(p point) int64 { return c.f(p.of) }, c.scale, true
	}
	if name == "epoch" {
		if k == types.Date {
			return func(p point) int64 { return p.day * 86400 }, 0, true
		}
		return func(p point) int64 { return p.day*types.MicrosPerDay + p.of }, 6, true
	}
	if k == types.Time {
		return nil, 0, false
	}
	civil := func(g func(y int64, m, d int) int64) func(point) int64 {
		return func(p point) int64 { return g(types.Civil(p.day)) }
	}
	iso := func(p point) (int, int) {
		return time.Unix(p.day*86400, 0).UTC().ISOWeek()
	}
	switch strings.TrimSuffix(name, "s") {
	case "year":
		return civil(func(y int64, _, _ int) int64 { return y }), 0, true
	case "quarter":
		return civil(func(_ int64, m, _ int) int64 { return int64(m+2) / 3 }), 0, true
	case "month":
		return civil(func(_ int64, m, _ int) int64 { return int64(m) }), 0, true
	case "day":
		return civil(func(_ int64, _, d int) int64 { return int64(d) }), 0, true
	case "dow":
		return func(p point) int64 { return floorMod(p.day+4, 7) }, 0, true
	case "isodow":
		return func(p point) int64 { return floorMod(p.day+3, 7) + 1 }, 0, true
	case "doy":
		return func(p point) int64 { y, _, _ := types.Civil(p.day); return p.day - types.Days(y, 1, 1) + 1 }, 0, true
	case "week":
		return func(p point) int64 { _, w := iso(p); return int64(w) }, 0, true
	case "isoyear":
		return func(p point) int64 { y, _ := iso(p); return int64(y) }, 0, true
	case "decade":
		return civil(func(y int64, _, _ int) int64 { return floorDiv(y, 10) }), 0, true
	case "century":
		return civil(func(y int64, _, _ int) int64 { return floorDiv(y-1, 100) + 1 }), 0, true
	case "millennium":
		return civil(func(y int64, _, _ int) int64 { return floorDiv(y-1, 1000) + 1 }), 0, true
	}
	return nil, 0, false
}

func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }

func intervalField(name string) (func(point) int64, int, bool) {
	switch strings.TrimSuffix(name, "s") {
	case "year":
		return func(p point) int64 { return int64(p.iv.Months / 12) }, 0, true
	case "month":
		return func(p point) int64 { return int64(p.iv.Months % 12) }, 0, true
	case "day":
		return func(p point) int64 { return int64(p.iv.Days) }, 0, true
	case "hour":
		return func(p point) int64 { return p.iv.Nanoseconds / 3600e9 }, 0, true
	case "minute":
		return func(p point) int64 { return p.iv.Nanoseconds / 60e9 % 60 }, 0, true
	case "second":
		return func(p point) int64 { return p.iv.Nanoseconds / 1000 % 60e6 }, 6, true
	case "millisecond":
		return func(p point) int64 { return p.iv.Nanoseconds / 1000 % 60e6 }, 3, true
	case "microsecond":
		return func(p point) int64 { return p.iv.Nanoseconds / 1000 % 60e6 }, 0, true
	case "epoch": // a year has 365.25 days, a month 30
		return func(p point) int64 {
			years, months := int64(p.iv.Months/12), int64(p.iv.Months%12)
			return years*31557600e6 + (months*30+int64(p.iv.Days))*types.MicrosPerDay + p.iv.Nanoseconds/1000
		}, 6, true
	}
	return nil, 0, false
}

// inZone is AT TIME ZONE: sign 1 gives the zone's local time, -1 the point in time of one.
func inZone(from, to types.Kind, sign int64) Overload {
	return Overload{Args: []types.Kind{types.Text, from}, Result: to, Strict: true, Fails: true, Kernel: func(in *Input) (arrow.Array, error) {
		zone, x := in.text(0), col[int64](in, 1)
		loc, name := time.UTC, "UTC"
		return fixedRows(in, 8, func(i int) (int64, error) {
			if z := string(zone.at(i)); z != name {
				l, err := types.LoadZone(z)
				if err != nil {
					return 0, at(err, in.call.pos)
				}
				loc, name = l, z
			}
			v := x.at(i)
			t := time.UnixMicro(v).UTC()
			if sign > 0 {
				_, off := t.In(loc).Zone()
				return v + int64(off)*1e6, nil
			}
			local := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), loc)
			return local.UnixMicro(), nil
		})
	}}
}
