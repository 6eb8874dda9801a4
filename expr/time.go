package expr

import (
	"math"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/sqlerr"
	"millrace/types"
)

var timeFunctions = []Function{
	{Name: "now", Group: "Times", Doc: "The time at which the statement began.", Example: "now() IS NOT NULL", ExampleResult: "true",
		Overloads: []Overload{{Result: types.TimestampTZ, Volatility: Stable, Kernel: nowKernel(8, func(now int64) int64 { return now })}}},
	{Name: "localtimestamp", Group: "Times", Doc: "The time at which the statement began, in UTC.", Example: "localtimestamp IS NOT NULL", ExampleResult: "true",
		Overloads: []Overload{{Result: types.Timestamp, Volatility: Stable, Kernel: nowKernel(8, func(now int64) int64 { return now })}}},
	{Name: "current_date", Group: "Times", Doc: "The day on which the statement began, in UTC.", Example: "current_date IS NOT NULL", ExampleResult: "true",
		Overloads: []Overload{{Result: types.Date, Volatility: Stable, Kernel: nowKernel(4, func(now int64) int32 { day, _ := types.SplitDay(now); return int32(day) })}}},
	{Name: "localtime", Group: "Times", Doc: "The time of day at which the statement began, in UTC.", Example: "localtime IS NOT NULL", ExampleResult: "true",
		Overloads: []Overload{{Result: types.Time, Volatility: Stable, Kernel: nowKernel(8, func(now int64) int64 { _, of := types.SplitDay(now); return of })}}},
	{Name: "to_timestamp", Group: "Times", Doc: "The point in time so many seconds after 1970-01-01, or the one in a text by a pattern as that of to_char.", Example: "to_timestamp(1767225600.5)", ExampleResult: "2026-01-01 00:00:00.5+00",
		Overloads: []Overload{oneOf(types.Float64, types.TimestampTZ, 8, func(x float64) (int64, bool) {
			v := math.RoundToEven(x * 1e6)
			if !(math.Abs(v) < math.MaxInt64) {
				return 0, false
			}
			return int64(v), true
		}), textToTimestamp}},
	{Name: "to_timestamp_ms", Group: "Times", Doc: "The point in time so many milliseconds after 1970-01-01, as a TIMESTAMP in UTC.", Example: "to_timestamp_ms(1767225600500)", ExampleResult: "2026-01-01 00:00:00.5",
		Overloads: []Overload{extension(oneOf(types.Int64, types.Timestamp, 8, times(1000)))}},
	{Name: "from_unixtime", Group: "Times", Doc: "The point in time so many whole seconds after 1970-01-01, as a TIMESTAMP in UTC.", Example: "from_unixtime(1767225600)", ExampleResult: "2026-01-01 00:00:00",
		Overloads: []Overload{extension(oneOf(types.Int64, types.Timestamp, 8, times(types.MicrosPerSecond)))}},
	{Name: "epoch_ms", Group: "Times", Doc: "Milliseconds since 1970-01-01, rounded down.", Example: "epoch_ms(TIMESTAMP '2026-01-01 00:00:00.5')", ExampleResult: "1767225600500",
		Overloads: []Overload{
			extension(oneOf(types.Timestamp, types.Int64, 8, epochMillis)),
			extension(oneOf(types.TimestampTZ, types.Int64, 8, epochMillis)),
		}},
	{Name: "date_trunc", Group: "Times", Doc: "The beginning of the unit that a point in time lies in: 'microseconds', 'milliseconds', 'second', 'minute', 'hour', 'day', 'week' (from Monday), 'month', 'quarter', 'year', 'decade', 'century' or 'millennium'; or an interval without its fields below the unit.", Example: "date_trunc('hour', TIMESTAMP '2026-01-01 12:34:56')", ExampleResult: "2026-01-01 12:00:00",
		Overloads: []Overload{truncation(types.Timestamp), truncation(types.TimestampTZ), intervalTruncation, zonedTruncation}},
	{Name: "date_bin", Group: "Times", Doc: "The beginning of the stride that a point in time lies in, strides being counted from an origin.", Example: "date_bin('15 minutes', TIMESTAMP '2026-01-01 12:34:56', TIMESTAMP '2000-01-01')", ExampleResult: "2026-01-01 12:30:00",
		Overloads: []Overload{bin(types.Timestamp), bin(types.TimestampTZ)}},
	{Name: "make_date", Group: "Times", Doc: "The date of a year (negative: BC), month and day.", Example: "make_date(2026, 2, 28)", ExampleResult: "2026-02-28",
		Overloads: []Overload{{Args: []types.Kind{types.Int32, types.Int32, types.Int32}, Result: types.Date, Strict: true, Fails: true, Kernel: makeDate}}},
	{Name: "make_time", Group: "Times", Doc: "The time of day of an hour, minute and second.", Example: "make_time(8, 15, 23.5)", ExampleResult: "08:15:23.5",
		Overloads: []Overload{{Args: []types.Kind{types.Int32, types.Int32, types.Float64}, Result: types.Time, Strict: true, Fails: true, Kernel: makeTime}}},
	{Name: "make_timestamp", Group: "Times", Doc: "The TIMESTAMP of a year, month, day, hour, minute and second.", Example: "make_timestamp(2026, 2, 28, 8, 15, 23.5)", ExampleResult: "2026-02-28 08:15:23.5",
		Overloads: []Overload{{Args: []types.Kind{types.Int32, types.Int32, types.Int32, types.Int32, types.Int32, types.Float64}, Result: types.Timestamp, Strict: true, Fails: true, Kernel: makeTimestamp}}},
	{Name: "timezone", Group: "Times", Doc: "AT TIME ZONE: the local time of a point in time in a zone, or the point in time of a local time there. The zone is a name, as 'Europe/Berlin', or an INTERVAL east of Greenwich.", Example: "TIMESTAMPTZ '2026-07-01 12:00:00+00' AT TIME ZONE 'Europe/Berlin'", ExampleResult: "2026-07-01 14:00:00",
		Overloads: []Overload{
			inZone(types.TimestampTZ, types.Timestamp, types.ToLocal), inZone(types.Timestamp, types.TimestampTZ, types.FromLocal),
			inOffset(types.TimestampTZ, types.Timestamp, 1), inOffset(types.Timestamp, types.TimestampTZ, -1),
		}},
}

func extension(o Overload) Overload {
	o.Extension = true
	return o
}

// nowKernel gives the time of the statement.
func nowKernel[R pod](width int, value func(now int64) R) Kernel {
	return func(in *Input) (arrow.Array, error) {
		v := value(in.Now)
		return fixed(in, width, func(dst []R) {
			for i := range dst {
				dst[i] = v
			}
		})
	}
}

func times(micros int64) func(x int64) (int64, bool) {
	return func(x int64) (int64, bool) { return x * micros, !mulOverflows(x, micros) }
}

func epochMillis(micros int64) (int64, bool) { return floorDiv(micros, 1000), true }

// dayOf is the day of a year, month and day; false where there is none. Year -1 is 1 BC.
func dayOf(year, month, day int32) (int64, bool) {
	y := int64(year)
	if y < 0 {
		y++
	}
	if year == 0 || month < 1 || month > 12 || day < 1 || int(day) > types.MonthDays(y, int(month)) {
		return 0, false
	}
	d := types.Days(y, int(month), int(day))
	return d, d > -mostDays && d < mostDays
}

// ofDay is the microseconds since midnight of an hour, minute and second.
func ofDay(hour, minute int32, second float64) (int64, bool) {
	micros := math.RoundToEven(second * 1e6)
	if hour < 0 || minute < 0 || minute > 59 || !(micros >= 0 && micros <= 60e6) {
		return 0, false
	}
	v := int64(hour)*types.MicrosPerHour + int64(minute)*types.MicrosPerMinute + int64(micros)
	return v, hour <= 24 && v <= types.MicrosPerDay
}

func makeDate(in *Input) (arrow.Array, error) {
	y, m, d := col[int32](in, 0), col[int32](in, 1), col[int32](in, 2)
	return fixedRows(in, 4, func(i int) (int32, error) {
		day, ok := dayOf(y.at(i), m.at(i), d.at(i))
		if !ok {
			return 0, in.fault(i, sqlerr.DatetimeOverflow, "date field value out of range")
		}
		return int32(day), nil
	})
}

func makeTime(in *Input) (arrow.Array, error) {
	h, m, s := col[int32](in, 0), col[int32](in, 1), col[float64](in, 2)
	return fixedRows(in, 8, func(i int) (int64, error) {
		of, ok := ofDay(h.at(i), m.at(i), s.at(i))
		if !ok {
			return 0, in.fault(i, sqlerr.DatetimeOverflow, "time field value out of range")
		}
		return of, nil
	})
}

func makeTimestamp(in *Input) (arrow.Array, error) {
	y, mo, d := col[int32](in, 0), col[int32](in, 1), col[int32](in, 2)
	h, m, s := col[int32](in, 3), col[int32](in, 4), col[float64](in, 5)
	return fixedRows(in, 8, func(i int) (int64, error) {
		day, okDay := dayOf(y.at(i), mo.at(i), d.at(i))
		of, okTime := ofDay(h.at(i), m.at(i), s.at(i))
		if !okDay || !okTime {
			return 0, in.fault(i, sqlerr.DatetimeOverflow, "date or time field value out of range")
		}
		return day*types.MicrosPerDay + of, nil
	})
}

// timeUnits are the units that both date_trunc and EXTRACT know, by their singular.
var timeUnits = []string{"microsecond", "millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year", "decade", "century", "millennium"}

// unit reads a constant first argument: a unit in lower case, plurals as singulars.
func (c *Call) unit() (string, error) {
	l, ok := c.constant(0)
	if !ok {
		return "", sqlerr.Unsupported(c.args[0].Pos(), c.fn.Name+" by a unit that is not a constant", "Write the unit as a string, such as 'hour'.")
	}
	name := strings.ToLower(strings.TrimSpace(l.Value.(string)))
	switch name {
	case "centuries":
		return "century", nil
	case "millennia":
		return "millennium", nil
	}
	for _, u := range timeUnits {
		if name == u+"s" {
			return u, nil
		}
	}
	return name, nil
}

// badUnit is the error for a unit that is none, or one that values of type t do not have.
func (c *Call) badUnit(unit string, t types.Kind, known bool) error {
	if known {
		return sqlerr.New(sqlerr.FeatureNotSupported, c.args[0].Pos(), "unit %q not supported for type %s", unit, t).
			WithHint("Cast the value to a type that has it, or choose another unit.")
	}
	err := sqlerr.New(sqlerr.InvalidParameterValue, c.args[0].Pos(), "unit %q not recognized for type %s", unit, t)
	err.Hint = sqlerr.Suggest(unit, timeUnits)
	return err
}

// truncation is date_trunc of a point in time.
func truncation(k types.Kind) Overload {
	return Overload{Args: []types.Kind{types.Text, k}, Result: k, Strict: true, Prepare: func(c *Call) (Kernel, error) {
		unit, err := c.unit()
		if err != nil {
			return nil, err
		}
		if size, ok := clockUnits[unit]; ok { // the common ones: a division a row
			return func(in *Input) (arrow.Array, error) {
				x := col[int64](in, 1)
				return fixed(in, 8, func(dst []int64) {
					for i := range dst {
						dst[i] = floorDiv(x.at(i), size) * size
					}
				})
			}, nil
		}
		first, ok := calendarUnit(unit)
		if !ok {
			return nil, c.badUnit(unit, k, false)
		}
		return func(in *Input) (arrow.Array, error) {
			x := col[int64](in, 1)
			return fixed(in, 8, func(dst []int64) {
				for i := range dst {
					day, _ := types.SplitDay(x.at(i))
					dst[i] = first(day) * types.MicrosPerDay
				}
			})
		}, nil
	}}
}

// clockUnits are the units that are always of one length, in microseconds.
var clockUnits = map[string]int64{
	"microsecond": 1, "millisecond": 1000, "second": types.MicrosPerSecond, "minute": types.MicrosPerMinute,
	"hour": types.MicrosPerHour, "day": types.MicrosPerDay,
}

// monthUnits are the units that are so many months.
var monthUnits = map[string]int64{"month": 1, "quarter": 3, "year": 12, "decade": 120, "century": 1200, "millennium": 12000}

// calendarUnit finds the first day of the unit that a day is in.
func calendarUnit(unit string) (first func(day int64) int64, ok bool) {
	switch unit {
	case "week": // from Monday; 1970-01-01 was a Thursday
		return func(day int64) int64 { return floorDiv(day+3, 7)*7 - 3 }, true
	case "month", "quarter":
		n := int(monthUnits[unit])
		return func(day int64) int64 {
			y, m, _ := types.Civil(day)
			return types.Days(y, (m-1)/n*n+1, 1)
		}, true
	}
	n, ok := monthUnits[unit]
	if !ok {
		return nil, false
	}
	n /= 12
	from := int64(0)
	if n >= 100 { // a century begins with its year 1
		from = 1
	}
	return func(day int64) int64 {
		y, _, _ := types.Civil(day)
		return types.Days(floorDiv(y-from, n)*n+from, 1, 1)
	}, true
}

// intervalTruncation is date_trunc of an interval.
var intervalTruncation = Overload{Args: []types.Kind{types.Text, types.Interval}, Result: types.Interval, Strict: true, Prepare: func(c *Call) (Kernel, error) {
	unit, err := c.unit()
	if err != nil {
		return nil, err
	}
	var cut func(iv interval) interval
	if size, ok := clockUnits[unit]; ok && unit != "day" {
		cut = func(iv interval) interval {
			iv.Nanoseconds -= iv.Nanoseconds % (size * 1000)
			return iv
		}
	} else if unit == "day" {
		cut = func(iv interval) interval { return interval{Months: iv.Months, Days: iv.Days} }
	} else if months, ok := monthUnits[unit]; ok {
		cut = func(iv interval) interval { return interval{Months: iv.Months - iv.Months%int32(months)} }
	} else {
		return nil, c.badUnit(unit, types.Interval, unit == "week")
	}
	return func(in *Input) (arrow.Array, error) {
		x := col[interval](in, 1)
		return fixed(in, 16, func(dst []interval) {
			for i := range dst {
				dst[i] = cut(x.at(i))
			}
		})
	}, nil
}}

// bin is date_bin.
func bin(k types.Kind) Overload {
	return Overload{Args: []types.Kind{types.Interval, k, k}, Result: k, Strict: true, Fails: true, Kernel: func(in *Input) (arrow.Array, error) {
		stride, x, origin := col[interval](in, 0), col[int64](in, 1), col[int64](in, 2)
		return fixedRows(in, 8, func(i int) (int64, error) {
			s := stride.at(i)
			if s.Months != 0 {
				return 0, in.fault(i, sqlerr.FeatureNotSupported, "timestamps cannot be binned into intervals containing months or years")
			}
			size, ok := addInterval(0, s, 1)
			if !ok || size <= 0 {
				return 0, in.fault(i, sqlerr.DatetimeOverflow, "stride must be greater than zero")
			}
			since, ok := subtract(x.at(i), origin.at(i))
			if !ok {
				return 0, in.fault(i, sqlerr.DatetimeOverflow, "interval out of range")
			}
			return origin.at(i) + floorDiv(since, size)*size, nil
		})
	}}
}

func subtract(x, y int64) (int64, bool) {
	d := x - y
	return d, (x^y)&(x^d) >= 0
}

// inZone is AT TIME ZONE with a name. PostgreSQL takes '+02' for west of Greenwich here, and for east of it everywhere
// else; it is refused.
func inZone(from, to types.Kind, convert func(int64, *time.Location) int64) Overload {
	return Overload{Args: []types.Kind{types.Text, from}, Result: to, Strict: true, Fails: true, Kernel: func(in *Input) (arrow.Array, error) {
		zones, x := in.zones(0), col[int64](in, 1)
		return fixedRows(in, 8, func(i int) (int64, error) {
			zone, err := zones.at(i)
			if err != nil {
				return 0, err
			}
			return convert(x.at(i), zone), nil
		})
	}}
}

// inOffset is AT TIME ZONE with an interval.
func inOffset(from, to types.Kind, sign int64) Overload {
	return Overload{Args: []types.Kind{types.Interval, from}, Result: to, Strict: true, Fails: true, Kernel: func(in *Input) (arrow.Array, error) {
		offset, x := col[interval](in, 0), col[int64](in, 1)
		return fixedRows(in, 8, func(i int) (int64, error) {
			by := offset.at(i)
			if by.Months != 0 || by.Days != 0 {
				return 0, in.fault(i, sqlerr.InvalidParameterValue, "an interval for a time zone must not include months or days")
			}
			v, ok := addInterval(x.at(i), by, sign)
			if !ok {
				return 0, in.fault(i, sqlerr.DatetimeOverflow, to.String()+" out of range")
			}
			return v, nil
		})
	}}
}
