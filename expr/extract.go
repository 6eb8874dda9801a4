package expr

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"millrace/sqlerr"
	"millrace/types"
)

const fieldNames = "'year', 'quarter', 'month', 'week', 'day', 'hour', 'minute', 'second', 'milliseconds', 'microseconds', 'dow' (Sunday 0), 'isodow' (Sunday 7), 'doy', 'isoyear', 'epoch', 'julian', 'decade', 'century', 'millennium', 'timezone'"

var extractFunctions = []Function{
	{Name: "extract", Group: "Times", Doc: "A field of a date, a time or an interval, as a DECIMAL: " + fieldNames + ".", Example: "EXTRACT(second FROM TIMESTAMP '2026-01-01 12:34:56.5')", ExampleResult: "56.500000",
		Overloads: extractions(extraction)},
	{Name: "date_part", Group: "Times", Doc: "EXTRACT as a DOUBLE.", Example: "date_part('second', TIMESTAMP '2026-01-01 12:34:56.5')", ExampleResult: "56.5",
		Overloads: extractions(datePart)},
}

func extractions(of func(types.Kind) Overload) []Overload {
	return []Overload{of(types.Timestamp), of(types.TimestampTZ), of(types.Date), of(types.Time), of(types.Interval)}
}

// extraction is EXTRACT: a Decimal with as many decimals as PostgreSQL prints for the field.
func extraction(k types.Kind) Overload {
	return Overload{Args: []types.Kind{types.Text, k}, Strict: true, Type: func([]types.Type) types.Type { return types.DecimalOf(38, 6) }, Result: types.Decimal,
		Prepare: func(c *Call) (Kernel, error) {
			f, err := c.timeField(k)
			if err != nil {
				return nil, err
			}
			c.refine(types.DecimalOf(38, f.scale))
			return func(in *Input) (arrow.Array, error) {
				value := f.reader(in, k)
				return fixedRows(in, 16, func(i int) (decimal128.Num, error) { return value(i), nil })
			}, nil
		}}
}

func datePart(k types.Kind) Overload {
	return Overload{Args: []types.Kind{types.Text, k}, Strict: true, Result: types.Float64, Prepare: func(c *Call) (Kernel, error) {
		f, err := c.timeField(k)
		if err != nil {
			return nil, err
		}
		return func(in *Input) (arrow.Array, error) {
			value := f.reader(in, k)
			return fixedRows(in, 8, func(i int) (float64, error) { return decimalFloat(value(i), f.scale), nil })
		}, nil
	}}
}

// timeField is a field of points in time or of intervals: the number that it is, times 10^scale. One of the two
// functions is there; exact is for numbers that 64 bits are too few for.
type timeField struct {
	scale int
	of    func(p point) int64
	exact func(p point) decimal128.Num
}

// point is what a field is read from: a day and the microseconds since its midnight, or an interval.
type point struct {
	day, of int64
	iv      interval
}

// reader gives the field of argument 1, of kind k, by row.
func (f timeField) reader(in *Input, k types.Kind) func(i int) decimal128.Num {
	read := pointOf(in, k)
	if f.exact != nil {
		return func(i int) decimal128.Num { return f.exact(read(i)) }
	}
	return func(i int) decimal128.Num { return decimal128.FromI64(f.of(read(i))) }
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
		day, of := types.SplitDay(v.at(i))
		return point{day: day, of: of}
	}
}

// timeField finds the field that argument 0 names. It fails with 22023 where there is no such field, and with 0A000
// where the type does not have it.
func (c *Call) timeField(k types.Kind) (timeField, error) {
	name, err := c.unit()
	if err != nil {
		return timeField{}, err
	}
	var tables []map[string]timeField
	switch k {
	case types.Date:
		tables = []map[string]timeField{dateFields}
	case types.Time:
		tables = []map[string]timeField{clockFields}
	case types.Timestamp:
		tables = []map[string]timeField{dateFields, clockFields, stampFields}
	case types.TimestampTZ:
		tables = []map[string]timeField{dateFields, clockFields, stampFields, zoneFields}
	case types.Interval:
		tables = []map[string]timeField{intervalFields}
	}
	for i := len(tables) - 1; i >= 0; i-- { // a later table has the finer field: epoch
		if f, ok := tables[i][name]; ok {
			return f, nil
		}
	}
	known := false
	for _, t := range []map[string]timeField{dateFields, clockFields, zoneFields} {
		_, ok := t[name]
		known = known || ok
	}
	err = c.badUnit(name, k, known)
	if !known {
		err.(*sqlerr.Error).Hint = "There are " + fieldNames + "."
	}
	return timeField{}, err
}

func civil(f func(year int64, month, day int) int64) timeField {
	return timeField{of: func(p point) int64 { return f(types.Civil(p.day)) }}
}

// julianOfEpoch is the Julian day of 1970-01-01.
const julianOfEpoch = 2440588

var dateFields = map[string]timeField{
	"year":       civil(func(y int64, _, _ int) int64 { return withoutZero(y) }),
	"quarter":    civil(func(_ int64, m, _ int) int64 { return int64(m+2) / 3 }),
	"month":      civil(func(_ int64, m, _ int) int64 { return int64(m) }),
	"day":        civil(func(_ int64, _, d int) int64 { return int64(d) }),
	"decade":     civil(func(y int64, _, _ int) int64 { return floorDiv(y, 10) }),
	"century":    civil(func(y int64, _, _ int) int64 { return hundreds(y, 100) }),
	"millennium": civil(func(y int64, _, _ int) int64 { return hundreds(y, 1000) }),
	"week":       {of: func(p point) int64 { _, w := isoWeek(p.day); return w }},
	"isoyear":    {of: func(p point) int64 { y, _ := isoWeek(p.day); return withoutZero(y) }},
	"dow":        {of: func(p point) int64 { return floorMod(p.day+4, 7) }},
	"isodow":     {of: func(p point) int64 { return floorMod(p.day+3, 7) + 1 }},
	"doy":        {of: func(p point) int64 { y, _, _ := types.Civil(p.day); return p.day - types.Days(y, 1, 1) + 1 }},
	"epoch":      {of: func(p point) int64 { return p.day * 86400 }},
	"julian":     {of: func(p point) int64 { return p.day + julianOfEpoch }},
}

// clockFields are those of a time of day.
var clockFields = map[string]timeField{
	"hour":        {of: func(p point) int64 { return p.of / types.MicrosPerHour }},
	"minute":      {of: func(p point) int64 { return p.of / types.MicrosPerMinute % 60 }},
	"second":      {scale: 6, of: func(p point) int64 { return p.of % types.MicrosPerMinute }},
	"millisecond": {scale: 3, of: func(p point) int64 { return p.of % types.MicrosPerMinute }},
	"microsecond": {of: func(p point) int64 { return p.of % types.MicrosPerMinute }},
	"epoch":       {scale: 6, of: func(p point) int64 { return p.of }},
}

// stampFields are those for which both the day and the time of day count.
var stampFields = map[string]timeField{
	"epoch": {scale: 6, of: func(p point) int64 { return p.day*types.MicrosPerDay + p.of }},
	"julian": {scale: 20, exact: func(p point) decimal128.Num {
		day, _ := shiftUp(decimal128.FromI64(p.day+julianOfEpoch), 20)
		of, _ := divDecimal(decimal128.FromI64(p.of), decimal128.FromI64(types.MicrosPerDay), 20)
		return day.Add(of)
	}},
}

// zoneFields are those of a TIMESTAMPTZ, which is in UTC.
var zoneFields = map[string]timeField{
	"timezone":        {of: func(point) int64 { return 0 }},
	"timezone_hour":   {of: func(point) int64 { return 0 }},
	"timezone_minute": {of: func(point) int64 { return 0 }},
}

var intervalFields = map[string]timeField{
	"millennium":  {of: func(p point) int64 { return int64(p.iv.Months) / 12000 }},
	"century":     {of: func(p point) int64 { return int64(p.iv.Months) / 1200 }},
	"decade":      {of: func(p point) int64 { return int64(p.iv.Months) / 120 }},
	"year":        {of: func(p point) int64 { return int64(p.iv.Months) / 12 }},
	"quarter":     {of: func(p point) int64 { return int64(p.iv.Months)%12/3 + 1 }},
	"month":       {of: func(p point) int64 { return int64(p.iv.Months) % 12 }},
	"day":         {of: func(p point) int64 { return int64(p.iv.Days) }},
	"hour":        {of: func(p point) int64 { return p.iv.Nanoseconds / 1000 / types.MicrosPerHour }},
	"minute":      {of: func(p point) int64 { return p.iv.Nanoseconds / 1000 / types.MicrosPerMinute % 60 }},
	"second":      {scale: 6, of: func(p point) int64 { return p.iv.Nanoseconds / 1000 % types.MicrosPerMinute }},
	"millisecond": {scale: 3, of: func(p point) int64 { return p.iv.Nanoseconds / 1000 % types.MicrosPerMinute }},
	"microsecond": {of: func(p point) int64 { return p.iv.Nanoseconds / 1000 % types.MicrosPerMinute }},
	"epoch": {scale: 6, exact: func(p point) decimal128.Num { // a year has 365.25 days, a month 30
		hours := int64(p.iv.Months/12)*8766 + (int64(p.iv.Months%12)*30+int64(p.iv.Days))*24
		return product(hours, types.MicrosPerHour).Add(decimal128.FromI64(p.iv.Nanoseconds / 1000))
	}},
}

// withoutZero is a year as people count: 1 BC, which is 0 here, is -1.
func withoutZero(year int64) int64 {
	if year <= 0 {
		return year - 1
	}
	return year
}

// hundreds is which century, or with n 1000 millennium, a year is in; the first begins with year 1, the one before it
// is -1.
func hundreds(year, n int64) int64 {
	if year > 0 {
		return (year + n - 1) / n
	}
	return -((n - 1 - (year - 1)) / n)
}

// isoWeek is the year and week of ISO 8601: a week belongs to the year of its Thursday.
func isoWeek(day int64) (year, week int64) {
	thursday := day + 3 - floorMod(day+3, 7)
	year, _, _ = types.Civil(thursday)
	return year, (thursday-types.Days(year, 1, 1))/7 + 1
}
