package types

import (
	"math/big"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"pgregory.net/rapid"

	"millrace/sqlerr"
)

func TestIntervalsAreReadAsPostgresReadsThem(t *testing.T) {
	for in, want := range map[string]string{
		"1 day": "1 day", "1 day 2 hours": "1 day 02:00:00", "1:30": "01:30:00", "1-2": "1 year 2 mons", "-1-2": "-1 years -2 mons",
		"2 weeks": "14 days", "1.5 days": "1 day 12:00:00", "1.5 months": "1 mon 15 days", "1.5 hours": "01:30:00", "1 day ago": "-1 days",
		"P1Y2M3DT4H5M6S": "1 year 2 mons 3 days 04:05:06", "PT0.5S": "00:00:00.5", "P1W": "7 days", "3 4:05:06": "3 days 04:05:06",
		"1h 5m 3s": "01:05:03", "100 ms": "00:00:00.1", "10 us": "00:00:00.00001", "5": "00:00:05", "1 decade 1 century": "110 years",
		"1 year 1.5 sec": "1 year 00:00:01.5", "1.5 years": "1 year 6 mons", "04:05:06.5": "04:05:06.5", "1 mon -3 days": "1 mon -3 days",
		"-00:00:00.5": "-00:00:00.5", "10 SECONDS": "00:00:10", "0": "00:00:00", "1year2months": "1 year 2 mons", "1 year -04:05": "1 year -04:05:00",
		"@ 1 minute": "00:01:00", "10 ns": "00:00:00.00000001",
	} {
		v, err := ParseInterval(in)
		if got := string(AppendInterval(nil, v)); err != nil || got != want {
			t.Errorf("%q is %s, %v; want %s", in, got, err, want)
		}
	}
}

func TestTimestampsAreReadAsPostgresReadsThem(t *testing.T) {
	for in, want := range map[string]string{
		"2026-01-02 03:04:05+02:30":         "2026-01-02 00:34:05+00",
		"2026-01-02 03:04:05-0230":          "2026-01-02 05:34:05+00",
		"2026-01-02 03:04:05 UTC":           "2026-01-02 03:04:05+00",
		"2026-01-02":                        "2026-01-02 00:00:00+00",
		"2026-01-02 03:04:05 PM":            "2026-01-02 15:04:05+00",
		"2026-01-02 12:04:05 am":            "2026-01-02 00:04:05+00",
		"2026-01-02 03:04:05 Europe/Berlin": "2026-01-02 02:04:05+00",
		"2026-01-02T03:04:05.5Z":            "2026-01-02 03:04:05.5+00",
		"2026-01-02 030405":                 "2026-01-02 03:04:05+00",
		"2026-01-02 24:00":                  "2026-01-03 00:00:00+00",
		"2026-01-02 03:04:60":               "2026-01-02 03:05:00+00",
		"2026-01-02 03:04:05.1234567":       "2026-01-02 03:04:05.123457+00",
		"2026-01-02 03:04:05.1234564":       "2026-01-02 03:04:05.123456+00",
		" 20260102 0304 ":                   "2026-01-02 03:04:00+00",
		"2026/1/2 3:04":                     "2026-01-02 03:04:00+00",
		"epoch":                             "1970-01-01 00:00:00+00",
		"1969-12-31 23:59:59.5":             "1969-12-31 23:59:59.5+00",
		"2026-01-02 03:04:05+01:00:30":      "2026-01-02 02:03:35+00",
	} {
		v, err := ParseTimestampTZ(in)
		if got := string(AppendTimestampTZ(nil, v)); err != nil || got != want {
			t.Errorf("%q is %s, %v; want %s", in, got, err, want)
		}
	}
	for in, want := range map[string]string{
		"2026-01-02T03:04:05+05":     "2026-01-02 03:04:05",
		"2026-01-02 03:04:05 Z":      "2026-01-02 03:04:05",
		"294246-12-31 23:59:59":      "294246-12-31 23:59:59",
		"4713-01-01 00:00:00 BC":     "4713-01-01 00:00:00 BC",
		"2024-02-29 23:59:59.999999": "2024-02-29 23:59:59.999999",
	} {
		v, err := ParseTimestamp(in)
		if got := string(AppendTimestamp(nil, v)); err != nil || got != want {
			t.Errorf("%q is %s, %v; want %s", in, got, err, want)
		}
	}
	for in, want := range map[string]string{
		"04:05:06": "04:05:06", "04:05": "04:05:00", "040506": "04:05:06", "4:05:06 pm": "16:05:06", "04:05:06.789Z": "04:05:06.789",
		"2026-01-01 04:05": "04:05:00", "24:00:00": "24:00:00", "04:05:06+02": "04:05:06",
	} {
		v, err := ParseTime(in)
		if got := string(AppendTime(nil, v)); err != nil || got != want {
			t.Errorf("%q is %s, %v; want %s", in, got, err, want)
		}
	}
}

func TestBooleansAreReadByTheirShortestLetters(t *testing.T) {
	for in, want := range map[string]bool{"tr": true, "T": true, "y": true, " on ": true, "1": true, "of": false, "n": false, "FALSE": false, "0": false, "f": false} {
		if got, err := ParseBool(in); err != nil || got != want {
			t.Errorf("%q is %v, %v; want %v", in, got, err, want)
		}
	}
}

func TestTextThatIsNoValueIsRefusedWithItsCode(t *testing.T) {
	dec := DecimalOf(3, 1)
	for _, tc := range []struct {
		typ      Type
		in, code string
	}{
		{Of(Bool), "o", sqlerr.InvalidText}, {Of(Bool), "", sqlerr.InvalidText}, {Of(Bool), "truex", sqlerr.InvalidText},
		{Of(Int32), "12.5", sqlerr.InvalidText}, {Of(Int32), "", sqlerr.InvalidText}, {Of(Int32), "1_000", sqlerr.InvalidText}, {Of(Int32), "0x1F", sqlerr.InvalidText},
		{Of(Int32), "99999999999", sqlerr.NumericOutOfRange}, {Of(Int16), "32768", sqlerr.NumericOutOfRange}, {Of(Int64), "9223372036854775808", sqlerr.NumericOutOfRange},
		{Of(Float64), "1e400", sqlerr.NumericOutOfRange}, {Of(Float64), "1e-400", sqlerr.NumericOutOfRange}, {Of(Float64), "0x10", sqlerr.InvalidText},
		{Of(Float64), "1_0", sqlerr.InvalidText}, {Of(Float64), "", sqlerr.InvalidText}, {Of(Float32), "1e39", sqlerr.NumericOutOfRange},
		{dec, "99.95", sqlerr.NumericOutOfRange}, {dec, "x", sqlerr.InvalidText}, {dec, ".", sqlerr.InvalidText}, {dec, "1e", sqlerr.InvalidText},
		{dec, "NaN", sqlerr.InvalidText}, {dec, "1e99999999999999999999", sqlerr.InvalidText}, {dec, "1e999", sqlerr.NumericOutOfRange}, {dec, "--1", sqlerr.InvalidText},
		{Of(Bytes), `\xabc`, sqlerr.InvalidParameterValue}, {Of(Bytes), `a\`, sqlerr.InvalidText}, {Of(Bytes), `\400`, sqlerr.InvalidText},
		{Of(UUID), "a0ee", sqlerr.InvalidText}, {Of(UUID), "{a0eebc999c0b4ef8bb6d6bb9bd380a11", sqlerr.InvalidText}, {Of(UUID), "g0eebc999c0b4ef8bb6d6bb9bd380a11", sqlerr.InvalidText},
		{Of(Date), "2026-02-30", sqlerr.DatetimeOverflow}, {Of(Date), "2026-13-01", sqlerr.DatetimeOverflow}, {Of(Date), "x", sqlerr.InvalidDatetime},
		{Of(Date), "2026-01", sqlerr.InvalidDatetime}, {Of(Date), "1/2/26", sqlerr.InvalidDatetime}, {Of(Date), "", sqlerr.InvalidDatetime}, {Of(Date), "0000-01-01", sqlerr.DatetimeOverflow},
		{Of(Date), "2025-02-29", sqlerr.DatetimeOverflow},
		{Of(Timestamp), "2026-01-02 03", sqlerr.InvalidDatetime}, {Of(Timestamp), "2026-01-02 25:00", sqlerr.DatetimeOverflow}, {Of(Timestamp), "2026-01-02x", sqlerr.InvalidDatetime},
		{Of(Timestamp), "2026-01-02 03:04:05 tail", sqlerr.InvalidDatetime}, {Of(Timestamp), "294248-01-01", sqlerr.DatetimeOverflow}, {Of(Timestamp), "2026-01-02 24:00:01", sqlerr.DatetimeOverflow},
		{Of(TimestampTZ), "2026-01-02 03:04 Mars/Olympus", sqlerr.InvalidDatetime}, {Of(TimestampTZ), "2026-01-02 03:04+99", sqlerr.DatetimeOverflow},
		{Of(Time), "25:00", sqlerr.DatetimeOverflow}, {Of(Time), "", sqlerr.InvalidDatetime}, {Of(Time), "4", sqlerr.InvalidDatetime},
		{Of(Interval), "1 quarter", sqlerr.InvalidDatetime}, {Of(Interval), "x", sqlerr.InvalidDatetime}, {Of(Interval), "", sqlerr.InvalidDatetime}, {Of(Interval), "P", sqlerr.InvalidDatetime},
		{Of(Interval), "300000000 years", sqlerr.DatetimeOverflow}, {Of(Interval), "ago", sqlerr.InvalidDatetime}, {Of(Interval), "1 day x", sqlerr.InvalidDatetime},
		{Of(JSON), `{"a":`, sqlerr.InvalidText}, {Of(JSON), ``, sqlerr.InvalidText},
		{ArrayOf(Of(Int32)), "{1}", sqlerr.CannotCoerce},
	} {
		v, err := ParseValue(tc.in, tc.typ)
		if err == nil || sqlerr.Code(err) != tc.code {
			t.Errorf("%s %q is %v, %v; want an error %s", tc.typ, tc.in, v, err, tc.code)
		}
	}
}

func TestBytesAreReadInBothForms(t *testing.T) {
	for in, want := range map[string]string{`\xDEad be`: "\xde\xad\xbe", "abc": "abc", `a\\b\001`: "a\\b\x01", "": ""} {
		if got, err := ParseBytes(in); err != nil || string(got) != want {
			t.Errorf("%q is %q, %v; want %q", in, got, err, want)
		}
	}
}

func TestNumbersHaveThePrecisionTheyAreWrittenWith(t *testing.T) {
	for _, tc := range []struct {
		in, want string
		typ      Type
	}{
		{"12.50", "12.50", DecimalOf(4, 2)}, {"0.05", "0.05", DecimalOf(2, 2)}, {"1e3", "1000", DecimalOf(4, 0)}, {"1.5e-3", "0.0015", DecimalOf(4, 4)},
		{"0", "0", DecimalOf(1, 0)}, {"0.00", "0.00", DecimalOf(2, 2)}, {".5", "0.5", DecimalOf(1, 1)}, {"5.", "5", DecimalOf(1, 0)}, {"-007.10", "-7.10", DecimalOf(3, 2)},
		{"99999999999999999999999999999999999999", "99999999999999999999999999999999999999", DecimalOf(38, 0)},
	} {
		n, typ, err := ParseNumber(tc.in)
		if got := string(AppendDecimal(nil, n, typ.Scale)); err != nil || got != tc.want || !typ.Equal(tc.typ) {
			t.Errorf("%s is %s of %s, %v; want %s of %s", tc.in, got, typ, err, tc.want, tc.typ)
		}
	}
	if _, _, err := ParseNumber("100000000000000000000000000000000000000"); sqlerr.Code(err) != sqlerr.NumericOutOfRange {
		t.Errorf("39 digits: %v, want 22003", err)
	}
}

func TestDecimalsAreRoundedHalfAwayFromZero(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.StringMatching(`[+-]?[0-9]{0,12}(\.[0-9]{1,12})?(e[+-]?[0-9])?`).Draw(t, "text")
		if !strings.ContainsAny(strings.Split(in, "e")[0], "0123456789") {
			return
		}
		typ := DecimalOf(38, rapid.IntRange(0, 12).Draw(t, "scale"))
		exact, ok := new(big.Rat).SetString(in)
		if !ok {
			t.Fatalf("big.Rat does not read %q", in)
		}
		want := exact.FloatString(typ.Scale) // rounds half away from zero
		if strings.Trim(want, "-0.") == "" {
			want = strings.TrimPrefix(want, "-")
		}
		n, err := ParseDecimal(in, typ)
		if got := string(AppendDecimal(nil, n, typ.Scale)); err != nil || got != want {
			t.Fatalf("%s at scale %d is %s, %v; want %s", in, typ.Scale, got, err, want)
		}
	})
}

func TestWhatIsWrittenReadsBackTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		micros := rapid.Int64Range((minDay+1)*MicrosPerDay, (maxDay-1)*MicrosPerDay).Draw(t, "micros")
		if micros < Days(-4712, 1, 1)*MicrosPerDay {
			micros = -micros
		}
		if got, err := ParseTimestampTZ(string(AppendTimestampTZ(nil, micros))); err != nil || got != micros {
			t.Fatalf("%d reads back as %d, %v", micros, got, err)
		}
		f := rapid.Float64().Draw(t, "float")
		if got, err := ParseFloat(string(AppendFloat(nil, f, 64)), Of(Float64)); err != nil || got != f {
			t.Fatalf("%v reads back as %v, %v", f, got, err)
		}
		v := drawInterval(t)
		if got, err := ParseInterval(string(AppendInterval(nil, v))); err != nil || got != v {
			t.Fatalf("%v reads back as %v, %v", v, got, err)
		}
	})
}

// drawInterval draws an interval in which every field is one that text can say exactly.
func drawInterval(t *rapid.T) arrow.MonthDayNanoInterval {
	return arrow.MonthDayNanoInterval{
		Months:      rapid.Int32Range(-100000, 100000).Draw(t, "months"),
		Days:        rapid.Int32().Draw(t, "days"),
		Nanoseconds: rapid.Int64().Draw(t, "nanos"),
	}
}
