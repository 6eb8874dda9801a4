package expr

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/sqlerr"
	"millrace/types"
)

// Arithmetic on dates, times and intervals. Points in time are microseconds; an interval's nanoseconds below one of
// them do not count.

type interval = arrow.MonthDayNanoInterval

// floorDiv is a / b, rounded down, for b > 0.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }

// addMonths moves a day by months; a day that the month does not have becomes its last.
func addMonths(day, months int64) int64 {
	y, m, d := types.Civil(day)
	n := y*12 + int64(m-1) + months
	y, m = floorDiv(n, 12), int(floorMod(n, 12))+1
	return types.Days(y, m, min(d, types.MonthDays(y, m)))
}

// mostDays is how many days fit into microseconds.
const mostDays = math.MaxInt64 / types.MicrosPerDay

// addInterval moves a point in time, or with sign -1 back: by months, then days, then the rest. ok is false where it
// leaves what 64 bits of microseconds hold.
func addInterval(at int64, iv interval, sign int64) (sum int64, ok bool) {
	day, of := types.SplitDay(at)
	if iv.Months != 0 {
		day = addMonths(day, sign*int64(iv.Months))
	}
	day += sign * int64(iv.Days)
	if day < -mostDays || day >= mostDays {
		return 0, false
	}
	at = day*types.MicrosPerDay + of
	delta := sign * (iv.Nanoseconds / 1000)
	sum = at + delta
	return sum, (at^sum)&(delta^sum) >= 0
}

// pairOf is an overload of two fixed width arguments whose kernel is a value a row.
func pairOf[A, B, R pod](a, b, result types.Kind, width int, value func(x A, y B) (R, bool)) Overload {
	return Overload{Args: []types.Kind{a, b}, Result: result, Strict: true, Fails: true, Kernel: func(in *Input) (arrow.Array, error) {
		x, y := col[A](in, 0), col[B](in, 1)
		return fixedRows(in, width, func(i int) (R, error) {
			v, ok := value(x.at(i), y.at(i))
			if !ok {
				return v, in.fault(i, sqlerr.DatetimeOverflow, result.String()+" out of range")
			}
			return v, nil
		})
	}}
}

func swapped[A, B, R any](f func(A, B) (R, bool)) func(B, A) (R, bool) {
	return func(b B, a A) (R, bool) { return f(a, b) }
}

func shift(sign int64) func(int64, interval) (int64, bool) {
	return func(at int64, iv interval) (int64, bool) { return addInterval(at, iv, sign) }
}

// shiftDate takes the date for its midnight.
func shiftDate(sign int64) func(int32, interval) (int64, bool) {
	return func(day int32, iv interval) (int64, bool) {
		if int64(day) <= -mostDays || int64(day) >= mostDays {
			return 0, false
		}
		return addInterval(int64(day)*types.MicrosPerDay, iv, sign)
	}
}

// shiftTime goes round the clock; months and days do nothing.
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

func dateAndTime(day int32, of int64) (int64, bool) {
	return int64(day)*types.MicrosPerDay + of, int64(day) > -mostDays && int64(day) < mostDays
}

func addIntervals(sign int64) func(x, y interval) (interval, bool) {
	return func(x, y interval) (interval, bool) {
		months, days := int64(x.Months)+sign*int64(y.Months), int64(x.Days)+sign*int64(y.Days)
		nanos := x.Nanoseconds + sign*y.Nanoseconds
		ok := int64(int32(months)) == months && int64(int32(days)) == days
		if sign > 0 {
			ok = ok && (x.Nanoseconds^nanos)&(y.Nanoseconds^nanos) >= 0
		} else {
			ok = ok && (x.Nanoseconds^y.Nanoseconds)&(x.Nanoseconds^nanos) >= 0
		}
		return interval{Months: int32(months), Days: int32(days), Nanoseconds: nanos}, ok
	}
}

// between is how long it is from y to x: in days, and the rest below a day.
func between(x, y int64) (interval, bool) {
	d := x - y
	return interval{Days: int32(d / types.MicrosPerDay), Nanoseconds: d % types.MicrosPerDay * 1000}, (x^y)&(x^d) >= 0
}

// scale multiplies or divides each field by op. What is left of a month goes to the days, 30 to a month, and what is
// left of a day to the time.
func scale(op func(x, f float64) float64) func(interval, float64) (interval, bool) {
	micro := func(x float64) float64 { return math.RoundToEven(x*1e6) / 1e6 }
	return func(iv interval, f float64) (interval, bool) {
		months, days := op(float64(iv.Months), f), op(float64(iv.Days), f)
		wholeMonths, wholeDays := math.Trunc(months), math.Trunc(days)
		more := micro((months - wholeMonths) * 30)
		seconds := micro((days - wholeDays + more - math.Trunc(more)) * 86400)
		carry := math.Trunc(seconds / 86400)
		seconds -= carry * 86400
		wholeDays += carry + math.Trunc(more)
		micros := math.RoundToEven(op(float64(iv.Nanoseconds)/1000, f) + seconds*1e6)
		ok := math.Abs(wholeMonths) <= math.MaxInt32 && math.Abs(wholeDays) <= math.MaxInt32 && math.Abs(micros) < math.MaxInt64/1000
		if !ok { // NaN too
			return interval{}, false
		}
		return interval{Months: int32(wholeMonths), Days: int32(wholeDays), Nanoseconds: int64(micros) * 1000}, true
	}
}

// AddIntervals is x+y, field by field. ok is false where a field is out of range.
func AddIntervals(x, y arrow.MonthDayNanoInterval) (sum arrow.MonthDayNanoInterval, ok bool) {
	return addIntervals(1)(x, y)
}

// SubtractIntervals is x-y, field by field. ok is false where a field is out of range.
func SubtractIntervals(x, y arrow.MonthDayNanoInterval) (difference arrow.MonthDayNanoInterval, ok bool) {
	return addIntervals(-1)(x, y)
}

// MultiplyInterval is iv*f as PostgreSQL has it: what is left of a month goes to the days, 30 to a month, and what is
// left of a day to the time. ok is false where it is out of range.
func MultiplyInterval(iv arrow.MonthDayNanoInterval, f float64) (product arrow.MonthDayNanoInterval, ok bool) {
	return scale(product64)(iv, f)
}

// DivideInterval is iv/f; see MultiplyInterval. f must not be 0.
func DivideInterval(iv arrow.MonthDayNanoInterval, f float64) (quotient arrow.MonthDayNanoInterval, ok bool) {
	return scale(quotient64)(iv, f)
}

func negateInterval(iv interval) (interval, bool) { return addIntervals(-1)(interval{}, iv) }

func product64(x, f float64) float64  { return x * f }
func quotient64(x, f float64) float64 { return x / f }

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
		pairOf(types.Time, types.Date, types.Timestamp, 8, swapped(dateAndTime)),
		pairOf(types.Interval, types.Interval, types.Interval, 16, addIntervals(1)),
	}
	timeSubtractions = []Overload{
		pairOf(types.Timestamp, types.Interval, types.Timestamp, 8, shift(-1)),
		pairOf(types.TimestampTZ, types.Interval, types.TimestampTZ, 8, shift(-1)),
		pairOf(types.Date, types.Interval, types.Timestamp, 8, shiftDate(-1)),
		pairOf(types.Time, types.Interval, types.Time, 8, shiftTime(-1)),
		pairOf(types.Date, types.Int32, types.Date, 4, moveDate(-1)),
		pairOf(types.Date, types.Date, types.Int32, 4, func(x, y int32) (int32, bool) {
			d := int64(x) - int64(y)
			return int32(d), int64(int32(d)) == d
		}),
		pairOf(types.Timestamp, types.Timestamp, types.Interval, 16, between),
		pairOf(types.TimestampTZ, types.TimestampTZ, types.Interval, 16, between),
		pairOf(types.Time, types.Time, types.Interval, 16, func(x, y int64) (interval, bool) {
			return interval{Nanoseconds: (x - y) * 1000}, true
		}),
		pairOf(types.Interval, types.Interval, types.Interval, 16, addIntervals(-1)),
		oneOf(types.Interval, types.Interval, 16, negateInterval),
	}
	timeMultiplications = []Overload{
		pairOf(types.Interval, types.Float64, types.Interval, 16, scale(product64)),
		pairOf(types.Float64, types.Interval, types.Interval, 16, swapped(scale(product64))),
	}
	timeDivisions = []Overload{{Args: []types.Kind{types.Interval, types.Float64}, Result: types.Interval, Strict: true, Fails: true, Kernel: divideInterval}}
)

func divideInterval(in *Input) (arrow.Array, error) {
	x, f, divide := col[interval](in, 0), col[float64](in, 1), scale(quotient64)
	return fixedRows(in, 16, func(i int) (interval, error) {
		if f.at(i) == 0 {
			return interval{}, in.fault(i, sqlerr.DivisionByZero, "division by zero")
		}
		v, ok := divide(x.at(i), f.at(i))
		if !ok {
			return v, in.fault(i, sqlerr.DatetimeOverflow, "INTERVAL out of range")
		}
		return v, nil
	})
}

// oneOf is an overload of one fixed width argument whose kernel is a value a row.
func oneOf[A, R pod](a, result types.Kind, width int, value func(x A) (R, bool)) Overload {
	return Overload{Args: []types.Kind{a}, Result: result, Strict: true, Fails: true, Kernel: func(in *Input) (arrow.Array, error) {
		x := col[A](in, 0)
		return fixedRows(in, width, func(i int) (R, error) {
			v, ok := value(x.at(i))
			if !ok {
				return v, in.fault(i, sqlerr.DatetimeOverflow, result.String()+" out of range")
			}
			return v, nil
		})
	}}
}

var intervalFunctions = []Function{
	{Name: "justify_days", Group: "Times", Doc: "The interval with 30 days made a month.", Example: "justify_days(INTERVAL '35 days')", ExampleResult: "1 mon 5 days",
		Overloads: []Overload{oneOf(types.Interval, types.Interval, 16, justifyDays)}},
	{Name: "justify_hours", Group: "Times", Doc: "The interval with 24 hours made a day.", Example: "justify_hours(INTERVAL '27 hours')", ExampleResult: "1 day 03:00:00",
		Overloads: []Overload{oneOf(types.Interval, types.Interval, 16, justifyHours)}},
	{Name: "age", Group: "Times", Doc: "How long it is from the second point in time to the first, in years, months, days and time; or from one point to the beginning of today.", Example: "age(TIMESTAMP '2026-03-01', TIMESTAMP '2025-01-31 12:00')", ExampleResult: "1 year 1 mon 12:00:00",
		Overloads: []Overload{
			pairOf(types.Timestamp, types.Timestamp, types.Interval, 16, age),
			pairOf(types.TimestampTZ, types.TimestampTZ, types.Interval, 16, age), ageToday(types.Timestamp), ageToday(types.TimestampTZ),
		}},
}

// carry takes whole units out of rest into more, and gives both one sign.
func carry(more, rest, unit int64) (int64, int64) {
	more += rest / unit
	rest %= unit
	switch {
	case more > 0 && rest < 0:
		return more - 1, rest + unit
	case more < 0 && rest > 0:
		return more + 1, rest - unit
	}
	return more, rest
}

func justifyDays(iv interval) (interval, bool) {
	months, days := carry(int64(iv.Months), int64(iv.Days), 30)
	return interval{Months: int32(months), Days: int32(days), Nanoseconds: iv.Nanoseconds}, int64(int32(months)) == months
}

func justifyHours(iv interval) (interval, bool) {
	days, nanos := carry(int64(iv.Days), iv.Nanoseconds, types.MicrosPerDay*1000)
	return interval{Months: iv.Months, Days: int32(days), Nanoseconds: nanos}, int64(int32(days)) == days
}

// age counts the fields apart. A day that has to be borrowed for is one of the month of the earlier point.
func age(x, y int64) (interval, bool) {
	sign := int64(1)
	if x < y {
		x, y, sign = y, x, -1
	}
	xDay, xOf := types.SplitDay(x)
	yDay, yOf := types.SplitDay(y)
	xYear, xMonth, xDate := types.Civil(xDay)
	yYear, yMonth, yDate := types.Civil(yDay)
	micros, days := xOf-yOf, int64(xDate-yDate)
	months := (xYear-yYear)*12 + int64(xMonth-yMonth)
	if micros < 0 {
		micros += types.MicrosPerDay
		days--
	}
	for days < 0 {
		days += int64(types.MonthDays(yYear, yMonth))
		months--
	}
	return interval{Months: int32(sign * months), Days: int32(sign * days), Nanoseconds: sign * micros * 1000}, true
}
