package cassandra

import (
	"bytes"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	gocql "github.com/apache/cassandra-gocql-driver/v2"
	"pgregory.net/rapid"

	"millrace/formats/json"
	"millrace/types"
)

// column makes a column of values in JSON.
func column(t *testing.T, typ types.Type, mem memory.Allocator, values ...string) arrow.Array {
	t.Helper()
	dec, err := json.New().NewDecoder(types.Schema{{Name: "v", Type: typ}}, nil, mem)
	if err != nil {
		t.Fatal(err)
	}
	defer dec.Release()
	records := make([][]byte, len(values))
	for i, v := range values {
		records[i] = []byte(`{"v":` + v + `}`)
	}
	if _, err := dec.Decode(records); err != nil {
		t.Fatal(err)
	}
	return dec.Take()[0]
}

func parse(t *testing.T, text string) Type {
	t.Helper()
	typ, err := parseType(text, map[string]udt{"address": {fields: []string{"street", "no"}, types: []string{"text", "int"}}})
	if err != nil {
		t.Fatal(err)
	}
	return typ
}

// encode gives the cells of a column; a value error fails the test.
func encode(t *testing.T, sql types.Type, cql string, a arrow.Array) *Cells {
	t.Helper()
	enc, err := NewEncoder(sql, parse(t, cql))
	if err != nil {
		t.Fatal(err)
	}
	cells := new(Cells)
	if err := enc.Encode(cells, a); err != nil {
		t.Fatal(err)
	}
	return cells
}

// TestValuesAreEncodedAsTheDriverDoes holds our bytes against those of the driver's own, reflecting encoder.
func TestValuesAreEncodedAsTheDriverDoes(t *testing.T) {
	text, i64, i32 := types.Of(types.Text), types.Of(types.Int64), types.Of(types.Int32)
	decimal := func(unscaled int64) raw { // with a scale of 2
		b, err := gocql.Marshal(gocql.NewNativeType(4, gocql.TypeVarint, ""), big.NewInt(unscaled))
		if err != nil {
			t.Fatal(err)
		}
		return append(raw{0, 0, 0, 2}, b...)
	}
	uuid, err := gocql.ParseUUID("123e4567-e89b-12d3-a456-426614174000")
	if err != nil {
		t.Fatal(err)
	}
	huge, _ := new(big.Int).SetString("-99999999999999999999999999999999999999", 10)
	for _, tc := range []struct {
		sql  types.Type
		cql  string
		typ  gocql.Type
		args string // of a collection
		json []string
		want []any
	}{
		{types.Of(types.Bool), "boolean", gocql.TypeBoolean, "", []string{"true", "false"}, []any{true, false}},
		{types.Of(types.Int16), "tinyint", gocql.TypeTinyInt, "", []string{"-128", "127"}, []any{int8(-128), int8(127)}},
		{types.Of(types.Int16), "smallint", gocql.TypeSmallInt, "", []string{"-32768", "32767"}, []any{int16(-32768), int16(32767)}},
		{i32, "int", gocql.TypeInt, "", []string{"-2147483648", "1"}, []any{int32(-2147483648), int32(1)}},
		{i64, "bigint", gocql.TypeBigInt, "", []string{"-9223372036854775808", "1"}, []any{int64(-9223372036854775808), int64(1)}},
		{i64, "varint", gocql.TypeVarint, "", []string{"0", "-1", "127", "128", "-128", "-129", "255", "-9223372036854775808"},
			[]any{big.NewInt(0), big.NewInt(-1), big.NewInt(127), big.NewInt(128), big.NewInt(-128), big.NewInt(-129), big.NewInt(255), big.NewInt(-9223372036854775808)}},
		{types.DecimalOf(38, 0), "varint", gocql.TypeVarint, "", []string{"-99999999999999999999999999999999999999"}, []any{huge}},
		{types.Of(types.Float32), "float", gocql.TypeFloat, "", []string{"1.5", `"-Infinity"`}, []any{float32(1.5), float32(negInf())}},
		{types.Of(types.Float64), "double", gocql.TypeDouble, "", []string{"-0.1"}, []any{-0.1}},
		{types.DecimalOf(10, 2), "decimal", gocql.TypeDecimal, "", []string{"12.50", "-0.01", "0", "1.27", "1.28"},
			[]any{decimal(1250), decimal(-1), decimal(0), decimal(127), decimal(128)}},
		{text, "text", gocql.TypeText, "", []string{`"grün"`, `""`}, []any{"grün", ""}},
		{text, "ascii", gocql.TypeAscii, "", []string{`"plain"`}, []any{"plain"}},
		{types.Of(types.JSON), "text", gocql.TypeText, "", []string{`{"a":[1]}`}, []any{`{"a":[1]}`}},
		{text, "inet", gocql.TypeInet, "", []string{`"10.0.0.1"`, `"2001:db8::1"`}, []any{net.ParseIP("10.0.0.1"), net.ParseIP("2001:db8::1")}},
		{types.Of(types.Bytes), "blob", gocql.TypeBlob, "", []string{`"AP8="`, `""`}, []any{[]byte{0, 255}, []byte{}}},
		{types.Of(types.Date), "date", gocql.TypeDate, "", []string{`"2026-01-31"`, `"1969-12-31"`},
			[]any{time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC), time.Date(1969, 12, 31, 0, 0, 0, 0, time.UTC)}},
		{types.Of(types.Time), "time", gocql.TypeTime, "", []string{`"13:05:00.000001"`}, []any{13*time.Hour + 5*time.Minute + time.Microsecond}},
		{types.Of(types.Timestamp), "timestamp", gocql.TypeTimestamp, "", []string{`"2026-01-31T13:05:00.123999"`, `"1969-12-31T23:59:59.9995"`},
			[]any{time.Date(2026, 1, 31, 13, 5, 0, 123e6, time.UTC), time.UnixMilli(-1)}},
		{types.Of(types.UUID), "uuid", gocql.TypeUUID, "", []string{`"123e4567-e89b-12d3-a456-426614174000"`}, []any{uuid}},
		{types.Of(types.UUID), "timeuuid", gocql.TypeTimeUUID, "", []string{`"123e4567-e89b-12d3-a456-426614174000"`}, []any{uuid}},
		{types.ArrayOf(i32), "list<int>", gocql.TypeList, "int", []string{"[1,2]", "[]"}, []any{[]int32{1, 2}, []int32{}}},
		{types.ArrayOf(text), "frozen<set<text>>", gocql.TypeSet, "text", []string{`["a",""]`}, []any{[]string{"a", ""}}},
		{types.MapOf(text, i64), "map<text, bigint>", gocql.TypeMap, "text, bigint", []string{`{"k":7}`}, []any{map[string]int64{"k": 7}}},
		{types.ArrayOf(types.ArrayOf(i32)), "list<frozen<list<int>>>", gocql.TypeList, "list<int>", []string{"[[1],[2,3]]"}, []any{[][]int32{{1}, {2, 3}}}},
	} {
		t.Run(tc.sql.String()+" as "+tc.cql, func(t *testing.T) {
			mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
			defer mem.AssertSize(t, 0)
			a := column(t, tc.sql, mem, append([]string{"null"}, tc.json...)...)
			defer a.Release()
			cells := encode(t, tc.sql, tc.cql, a)
			if cells.Len() != len(tc.want)+1 || cells.At(0) != nil {
				t.Fatalf("%d cells, NULL is %x", cells.Len(), cells.At(0))
			}
			info := gocql.NewNativeType(4, tc.typ, tc.args)
			for i, v := range tc.want {
				want, err := gocql.Marshal(info, v)
				if err != nil {
					t.Fatal(err)
				}
				if got := cells.At(i + 1); got == nil || !bytes.Equal(got, want) {
					t.Errorf("%s is %x, the driver has %x", tc.json[i], got, want)
				}
			}
			// A part of the column, as a batch that was cut has it.
			part := array.NewSlice(a, 1, int64(a.Len()))
			defer part.Release()
			if again := encode(t, tc.sql, tc.cql, part); !bytes.Equal(again.At(0), cells.At(1)) || again.Len() != len(tc.want) {
				t.Errorf("a slice gives %x, not %x", again.At(0), cells.At(1))
			}
		})
	}
}

// raw is bytes that the driver passes on.
type raw []byte

func (r raw) MarshalCQL(gocql.TypeInfo) ([]byte, error) { return r, nil }

func negInf() float64 { zero := 0.0; return -1 / zero }

func TestDurationsAreEncodedAsTheDriverDoes(t *testing.T) {
	info := gocql.NewNativeType(5, gocql.TypeDuration, "")
	rapid.Check(t, func(t *rapid.T) {
		sign := rapid.SampledFrom([]int64{1, -1}).Draw(t, "sign")
		// Sizes are drawn by their number of bits, so that each length of the encoding comes up.
		number := func(name string, most int) int64 {
			return sign * (rapid.Int64Range(0, 1<<62).Draw(t, name) >> (62 - rapid.IntRange(0, most).Draw(t, name+" bits")))
		}
		v := arrow.MonthDayNanoInterval{Months: int32(number("months", 31-1)), Days: int32(number("days", 31-1)), Nanoseconds: number("nanos", 62)}
		b := array.NewMonthDayNanoIntervalBuilder(memory.NewGoAllocator())
		defer b.Release()
		b.Append(v)
		a := b.NewArray()
		defer a.Release()
		enc, err := NewEncoder(types.Of(types.Interval), Type{Name: "duration"})
		if err != nil {
			t.Fatal(err)
		}
		cells := new(Cells)
		if err := enc.Encode(cells, a); err != nil {
			t.Fatal(err)
		}
		want, err := gocql.Marshal(info, gocql.Duration{Months: v.Months, Days: v.Days, Nanoseconds: v.Nanoseconds})
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(cells.At(0), want) {
			t.Errorf("%+v is %x, the driver has %x", v, cells.At(0), want)
		}
	})
}

func TestRowsGoIntoUserTypesByNameAndIntoTuplesByPosition(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	sql := types.ArrayOf(types.RowOf(types.Field{Name: "no", Type: types.Of(types.Int32)}, types.Field{Name: "street", Type: types.Of(types.Text)}))
	a := column(t, sql, mem, `[{"no":7,"street":"x"},{"no":8}]`)
	defer a.Release()
	const null = "\xff\xff\xff\xff"
	for cql, want := range map[string]string{
		"list<frozen<address>>":          "\x00\x00\x00\x02" + "\x00\x00\x00\x0d" + "\x00\x00\x00\x01x\x00\x00\x00\x04\x00\x00\x00\x07" + "\x00\x00\x00\x0c" + null + "\x00\x00\x00\x04\x00\x00\x00\x08",
		"list<frozen<tuple<int, text>>>": "\x00\x00\x00\x02" + "\x00\x00\x00\x0d" + "\x00\x00\x00\x04\x00\x00\x00\x07\x00\x00\x00\x01x" + "\x00\x00\x00\x0c" + "\x00\x00\x00\x04\x00\x00\x00\x08" + null,
	} {
		if got := encode(t, sql, cql, a).At(0); string(got) != want {
			t.Errorf("%s: got %x, want %x", cql, got, want)
		}
	}
	// A type with a field that the row does not have gets NULL there.
	less := types.RowOf(types.Field{Name: "no", Type: types.Of(types.Int32)})
	b := column(t, less, mem, `{"no":7}`)
	defer b.Release()
	if got := encode(t, less, "address", b).At(0); string(got) != null+"\x00\x00\x00\x04\x00\x00\x00\x07" {
		t.Errorf("got %x", got)
	}
}

func TestValuesThatAColumnCannotHoldAreErrors(t *testing.T) {
	text := types.Of(types.Text)
	for _, tc := range []struct {
		sql   types.Type
		cql   string
		value string
		want  string
	}{
		{types.Of(types.Int16), "tinyint", "128", "row 1: 128 is not a tinyint"},
		{text, "ascii", `"ü"`, `"ü" is not ASCII`},
		{text, "inet", `"10.0.0"`, `"10.0.0" is not an IP address`},
		{types.Of(types.UUID), "timeuuid", `"123e4567-e89b-42d3-a456-426614174000"`, "is not a timeuuid"},
		{types.ArrayOf(text), "list<text>", `["a",null]`, "NULL cannot be in a collection"},
		{types.MapOf(text, text), "map<text, text>", `{"a":null}`, "NULL cannot be in a collection"},
	} {
		t.Run(tc.sql.String()+" as "+tc.cql, func(t *testing.T) {
			mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
			defer mem.AssertSize(t, 0)
			a := column(t, tc.sql, mem, "null", tc.value)
			defer a.Release()
			enc, err := NewEncoder(tc.sql, parse(t, tc.cql))
			if err != nil {
				t.Fatal(err)
			}
			err = enc.Encode(new(Cells), a)
			if v, ok := err.(*ValueError); !ok || v.Row != 1 || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
	interval := array.NewMonthDayNanoIntervalBuilder(memory.NewGoAllocator())
	defer interval.Release()
	interval.Append(arrow.MonthDayNanoInterval{Months: 1, Days: -1})
	a := interval.NewArray()
	defer a.Release()
	enc, err := NewEncoder(types.Of(types.Interval), Type{Name: "duration"})
	if err != nil {
		t.Fatal(err)
	}
	if err := enc.Encode(new(Cells), a); err == nil || !strings.Contains(err.Error(), "one sign") {
		t.Errorf("got %v", err)
	}
}

func TestTypesThatDoNotGoTogetherAreRefused(t *testing.T) {
	text, row := types.Of(types.Text), types.RowOf(types.Field{Name: "a", Type: types.Of(types.Int32)})
	for _, tc := range []struct {
		sql  types.Type
		cql  string
		want string
	}{
		{types.Of(types.Int64), "counter", "a counter cannot be set"},
		{types.Of(types.Int64), "int", "BIGINT does not go into int"},
		{text, "blob", "TEXT does not go into blob"},
		{types.DecimalOf(10, 2), "varint", "no fraction"},
		{types.ArrayOf(text), "list<int>", "TEXT does not go into int"},
		{types.MapOf(text, text), "map<int, text>", "TEXT does not go into int"},
		{row, "tuple<int, int>", "a ROW of 1 fields"},
		{row, "address", `no field "a"`},
		{text, "vector<float, 3>", "TEXT does not go into vector"},
	} {
		if _, err := NewEncoder(tc.sql, parse(t, tc.cql)); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s into %s: got %v, want %q", tc.sql, tc.cql, err, tc.want)
		}
	}
}

func TestEveryKindThatHasACQLTypeCanBeWritten(t *testing.T) {
	elem := types.Of(types.Text)
	for _, k := range types.Kinds() {
		typ := types.Type{Kind: k, Elem: &elem, Key: &elem, Precision: 10, Fields: []types.Field{{Name: "street", Type: elem}}}
		for _, name := range typ.CQL() {
			cql := Type{Name: name, Args: []Type{{Name: "text"}, {Name: "text"}}, Fields: []string{"street", "no"}}
			if name == "tuple" {
				cql.Args = cql.Args[:1]
			}
			if _, err := NewEncoder(typ, cql); err != nil && name != "counter" {
				t.Errorf("%s into %s: %v", k, name, err)
			}
		}
	}
}

func TestTextOfKeys(t *testing.T) {
	mem := memory.NewGoAllocator()
	for _, tc := range []struct {
		sql   types.Type
		cql   string
		value string
		want  string
	}{
		{types.Of(types.Bool), "boolean", "true", "true"},
		{types.Of(types.Int16), "tinyint", "-1", "-1"},
		{types.Of(types.Int16), "smallint", "-300", "-300"},
		{types.Of(types.Int32), "int", "-70000", "-70000"},
		{types.Of(types.Int64), "bigint", "-5", "-5"},
		{types.Of(types.Int64), "varint", "-129", "-129"},
		{types.Of(types.Float64), "double", "1.5", "1.5"},
		{types.DecimalOf(10, 2), "decimal", "-12.50", "-1250e-2"},
		{types.Of(types.Text), "text", `"a b"`, `"a b"`},
		{types.Of(types.Text), "inet", `"10.0.0.1"`, "10.0.0.1"},
		{types.Of(types.Date), "date", `"2026-01-31"`, "2026-01-31"},
		{types.Of(types.Time), "time", `"01:02:03"`, "01:02:03"},
		{types.Of(types.Timestamp), "timestamp", `"2026-01-31T01:02:03.5"`, "2026-01-31 01:02:03.5"},
		{types.Of(types.UUID), "uuid", `"123e4567-e89b-12d3-a456-426614174000"`, "123e4567-e89b-12d3-a456-426614174000"},
		{types.Of(types.Bytes), "blob", `"AP8="`, "0x00ff"},
		{types.Of(types.Text), "text", "null", "NULL"},
	} {
		a := column(t, tc.sql, mem, tc.value)
		if got := parse(t, tc.cql).Text(encode(t, tc.sql, tc.cql, a).At(0)); got != tc.want {
			t.Errorf("%s %s is %q, want %q", tc.cql, tc.value, got, tc.want)
		}
		a.Release()
	}
}
