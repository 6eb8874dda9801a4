package types

import (
	"math"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

func TestFloatsAreWrittenAsPostgresWritesThem(t *testing.T) {
	for _, tc := range []struct {
		f    float64
		bits int
		want string
	}{
		{1e15, 64, "1e+15"}, {1e14, 64, "100000000000000"}, {123456789012345678, 64, "1.2345678901234568e+17"},
		{0.0001, 64, "0.0001"}, {0.00001, 64, "1e-05"}, {1e300, 64, "1e+300"}, {math.Copysign(0, -1), 64, "-0"}, {0.1, 64, "0.1"},
		{math.NaN(), 64, "NaN"}, {math.Inf(1), 64, "Infinity"}, {math.Inf(-1), 32, "-Infinity"}, {-2.5, 64, "-2.5"},
		{1e6, 32, "1e+06"}, {100000, 32, "100000"}, {1234567, 32, "1.234567e+06"}, {float64(float32(0.0001)), 32, "0.0001"},
		{float64(float32(0.00001234)), 32, "1.234e-05"}, {16777216, 32, "1.6777216e+07"}, {float64(float32(0.1)), 32, "0.1"},
	} {
		if got := string(AppendFloat(nil, tc.f, tc.bits)); got != tc.want {
			t.Errorf("AppendFloat(%v, %d) = %s, want %s", tc.f, tc.bits, got, tc.want)
		}
	}
}

func TestDecimalsKeepTheDigitsOfTheirScale(t *testing.T) {
	most := decimal128.GetMaxValue(38)
	for _, tc := range []struct {
		n     decimal128.Num
		scale int
		want  string
	}{
		{decimal128.FromI64(0), 0, "0"}, {decimal128.FromI64(0), 2, "0.00"}, {decimal128.FromI64(1250), 2, "12.50"},
		{decimal128.FromI64(-5), 3, "-0.005"}, {decimal128.FromI64(-12345), 0, "-12345"},
		{most, 0, "99999999999999999999999999999999999999"}, {most.Negate(), 38, "-0.99999999999999999999999999999999999999"},
		{decimal128.GetScaleMultiplier(20), 0, "100000000000000000000"}, {decimal128.GetScaleMultiplier(37), 19, "1000000000000000000.0000000000000000000"},
		{decimal128.New(1, 0), 0, "18446744073709551616"},
	} {
		if got := string(AppendDecimal(nil, tc.n, tc.scale)); got != tc.want {
			t.Errorf("AppendDecimal(%v, %d) = %s, want %s", tc.n.BigInt(), tc.scale, got, tc.want)
		}
	}
}

func TestIntervalsAreWrittenAsPostgresWritesThem(t *testing.T) {
	const second = 1_000_000_000
	for _, tc := range []struct {
		v    arrow.MonthDayNanoInterval
		want string
	}{
		{arrow.MonthDayNanoInterval{}, "00:00:00"},
		{arrow.MonthDayNanoInterval{Months: 14, Days: 3, Nanoseconds: 14706789 * 1e6}, "1 year 2 mons 3 days 04:05:06.789"},
		{arrow.MonthDayNanoInterval{Months: -1, Days: 3}, "-1 mons +3 days"},
		{arrow.MonthDayNanoInterval{Days: -1, Nanoseconds: -14706 * second}, "-1 days -04:05:06"},
		{arrow.MonthDayNanoInterval{Days: 1, Nanoseconds: -second}, "1 day -00:00:01"},
		{arrow.MonthDayNanoInterval{Months: 25}, "2 years 1 mon"},
		{arrow.MonthDayNanoInterval{Nanoseconds: -second / 2}, "-00:00:00.5"},
		{arrow.MonthDayNanoInterval{Months: 1, Days: -1, Nanoseconds: 7200 * second}, "1 mon -1 days +02:00:00"},
		{arrow.MonthDayNanoInterval{Months: -13}, "-1 years -1 mons"},
		{arrow.MonthDayNanoInterval{Nanoseconds: 1}, "00:00:00.000000001"},
		{arrow.MonthDayNanoInterval{Nanoseconds: 360000 * second}, "100:00:00"},
		{arrow.MonthDayNanoInterval{Nanoseconds: math.MinInt64}, "-2562047:47:16.854775808"},
	} {
		if got := string(AppendInterval(nil, tc.v)); got != tc.want {
			t.Errorf("AppendInterval(%v) = %s, want %s", tc.v, got, tc.want)
		}
	}
}

func TestDatesAndTimesAreWrittenAsPostgresWritesThem(t *testing.T) {
	for _, tc := range []struct{ text, date, timestamp, tz string }{
		{"2026-01-01 00:00:10.12", "2026-01-01", "2026-01-01 00:00:10.12", "2026-01-01 00:00:10.12+00"},
		{"0044-03-15 BC", "0044-03-15 BC", "0044-03-15 00:00:00 BC", "0044-03-15 00:00:00+00 BC"},
		{"12026-01-01", "12026-01-01", "12026-01-01 00:00:00", "12026-01-01 00:00:00+00"},
		{"0001-01-01 BC", "0001-01-01 BC", "0001-01-01 00:00:00 BC", "0001-01-01 00:00:00+00 BC"},
		{"1969-12-31 23:59:59.999999", "1969-12-31", "1969-12-31 23:59:59.999999", "1969-12-31 23:59:59.999999+00"},
	} {
		micros, err := ParseTimestamp(tc.text)
		if err != nil {
			t.Fatal(err)
		}
		day, err := ParseDate(tc.text)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(AppendDate(nil, day)); got != tc.date {
			t.Errorf("date of %s is %s, want %s", tc.text, got, tc.date)
		}
		if got := string(AppendTimestamp(nil, micros)); got != tc.timestamp {
			t.Errorf("timestamp of %s is %s, want %s", tc.text, got, tc.timestamp)
		}
		if got := string(AppendTimestampTZ(nil, micros)); got != tc.tz {
			t.Errorf("timestamptz of %s is %s, want %s", tc.text, got, tc.tz)
		}
	}
}

func TestCivilAndDaysAreInverse(t *testing.T) {
	year, month, day := Civil(-1_000_000)
	for d := int64(-1_000_000); d < 1_000_000; d++ {
		y, m, dd := Civil(d)
		if y != year || m != month || dd != day {
			t.Fatalf("day %d is %d-%d-%d, want %d-%d-%d", d, y, m, dd, year, month, day)
		}
		if back := Days(y, m, dd); back != d {
			t.Fatalf("Days(%d, %d, %d) = %d, want %d", y, m, dd, back, d)
		}
		if day++; day > MonthDays(year, month) {
			day, month = 1, month+1
			if month > 12 {
				month, year = 1, year+1
			}
		}
	}
	if y, m, d := Civil(0); y != 1970 || m != 1 || d != 1 {
		t.Errorf("day 0 is %d-%d-%d", y, m, d)
	}
}

func TestNestedValuesAreQuotedWherePostgresQuotesThem(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	text := func(typ Type, json string) string {
		t.Helper()
		b := array.NewBuilder(mem, typ.Arrow())
		defer b.Release()
		if err := b.UnmarshalJSON([]byte("[" + json + "]")); err != nil {
			t.Fatal(err)
		}
		a := b.NewArray()
		defer a.Release()
		return string(AppendText(nil, a, a.Len()-1, typ))
	}
	pair := RowOf(Field{"a", Of(Int32)}, Field{"b", Of(Text)})
	for _, tc := range []struct {
		typ        Type
		json, want string
	}{
		{ArrayOf(Of(Bool)), `[true,null,false]`, `{t,NULL,f}`},
		{ArrayOf(Of(Text)), `["a b","","null","a\"b","a\\b","{","x,y","a\tb","plain"]`, "{\"a b\",\"\",\"null\",\"a\\\"b\",\"a\\\\b\",\"{\",\"x,y\",\"a\tb\",plain}"},
		{ArrayOf(ArrayOf(Of(Int64))), `[[1,2],[3,4]]`, `{{1,2},{3,4}}`},
		{ArrayOf(Of(Int64)), `[]`, `{}`},
		{ArrayOf(Of(Int64)), `null`, ``},
		{pair, `{"a":1,"b":"a b"}`, `(1,"a b")`},
		{pair, `{"a":null,"b":""}`, `(,"")`},
		{pair, `{"a":1,"b":"x\"y\\z"}`, `(1,"x""y\\z")`},
		{pair, `{"a":1,"b":"a,b"}`, `(1,"a,b")`},
		{RowOf(Field{"q", ArrayOf(Of(Text))}, Field{"p", pair}, Field{"ok", Of(Bool)}), `{"q":["q",null,"a b"],"p":{"a":1,"b":"z"},"ok":true}`, `("{q,NULL,""a b""}","(1,z)",t)`},
		{ArrayOf(pair), `[{"a":1,"b":"x"}]`, `{"(1,x)"}`},
		{MapOf(Of(Text), Of(Float64)), `[{"key":"a\"b","value":1.5},{"key":"c","value":null}]`, `{"a\"b":1.5,"c":null}`},
		{MapOf(Of(Text), ArrayOf(pair)), `[{"key":"k","value":[{"a":1,"b":"x"},null]}]`, `{"k":[{"a":1,"b":"x"},null]}`},
		{MapOf(Of(Int32), Of(Timestamp)), `[{"key":7,"value":"2026-01-01 00:00:10"}]`, `{"7":"2026-01-01T00:00:10"}`},
	} {
		if got := text(tc.typ, `null, `+tc.json); got != tc.want {
			t.Errorf("%s of %s is %s, want %s", tc.typ, tc.json, got, tc.want)
		}
	}
}

func TestScalarsOfAnArrayAreWrittenByTheirType(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	for _, tc := range []struct {
		typ        Type
		text, want string
	}{
		{Of(Bool), "t", "true"}, {Of(Int16), "-7", "-7"}, {Of(Int32), "7", "7"}, {Of(Int64), "9223372036854775807", "9223372036854775807"},
		{Of(Float32), "0.1", "0.1"}, {Of(Float64), "1e20", "1e+20"}, {DecimalOf(5, 2), "1.5", "1.50"}, {Of(Text), "a'b", "a'b"},
		{Of(Bytes), `\xDEAD`, `\xdead`}, {Of(Date), "2026-1-31", "2026-01-31"}, {Of(Time), "04:05:06.70", "04:05:06.7"},
		{Of(Timestamp), "2026-01-31T01:02:03Z", "2026-01-31 01:02:03"}, {Of(TimestampTZ), "2026-01-31 01:02:03+01", "2026-01-31 00:02:03+00"},
		{Of(Interval), "1 day 2h", "1 day 02:00:00"}, {Of(UUID), "{A0EEBC999C0B4EF8BB6D6BB9BD380A11}", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
		{Of(JSON), `{"a": 1}`, `{"a": 1}`},
	} {
		v, err := ParseValue(tc.text, tc.typ)
		if err != nil {
			t.Errorf("%s: %v", tc.typ, err)
			continue
		}
		b := array.NewBuilder(mem, tc.typ.Arrow())
		b.AppendNull()
		switch b := b.(type) {
		case *array.BooleanBuilder:
			b.Append(v.(bool))
		case *array.Int16Builder:
			b.Append(int16(v.(int64)))
		case *array.Int32Builder:
			b.Append(int32(v.(int64)))
		case *array.Int64Builder:
			b.Append(v.(int64))
		case *array.Float32Builder:
			b.Append(float32(v.(float64)))
		case *array.Float64Builder:
			b.Append(v.(float64))
		case *array.Decimal128Builder:
			b.Append(v.(decimal128.Num))
		case *array.StringBuilder:
			b.Append(v.(string))
		case *array.BinaryBuilder:
			b.Append(v.([]byte))
		case *array.Date32Builder:
			b.Append(arrow.Date32(v.(int32)))
		case *array.Time64Builder:
			b.Append(arrow.Time64(v.(int64)))
		case *array.TimestampBuilder:
			b.Append(arrow.Timestamp(v.(int64)))
		case *array.MonthDayNanoIntervalBuilder:
			b.Append(v.(arrow.MonthDayNanoInterval))
		case *array.FixedSizeBinaryBuilder:
			b.Append(v.([]byte))
		default:
			t.Fatalf("no builder for %s", tc.typ)
		}
		a := b.NewArray()
		if got := string(AppendText([]byte(">"), a, 1, tc.typ)); got != ">"+tc.want {
			t.Errorf("%s: %s, want %s", tc.typ, got, tc.want)
		}
		if got := string(AppendText(nil, a, 0, tc.typ)); got != "" {
			t.Errorf("%s: NULL is %q, want nothing", tc.typ, got)
		}
		a.Release()
		b.Release()
	}
}

func TestJSONStringsAreEscaped(t *testing.T) {
	for in, want := range map[string]string{
		"plain":       `"plain"`,
		"a\"b\\c":     `"a\"b\\c"`,
		"\n\r\t\x01é": `"\n\r\t\u0001é"`,
		"bad\xff.":    `"bad` + "\ufffd" + `."`,
		"\xe2\x82":    "\"\ufffd\ufffd\"",
	} {
		if got := string(AppendJSONString(nil, in)); got != want {
			t.Errorf("AppendJSONString(%q) = %s, want %s", in, got, want)
		}
	}
}
