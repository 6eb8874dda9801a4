package json

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/formats"
	"millrace/types"
)

// checked is an allocator that fails the test if something is not given back.
func checked(t testing.TB) memory.Allocator {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	t.Cleanup(func() { mem.AssertSize(t, 0) })
	return mem
}

func decoderOf(t testing.TB, s types.Schema, opts map[string]string) formats.Decoder {
	t.Helper()
	d, err := New().NewDecoder(s, opts, checked(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Release)
	return d
}

// texts is a column as text, NULL for NULL.
func texts(a arrow.Array, t types.Type) []string {
	out := make([]string, a.Len())
	for i := range out {
		out[i] = "NULL"
		if !a.IsNull(i) {
			out[i] = string(types.AppendText(nil, a, i, t))
		}
	}
	return out
}

// readOne decodes one record with one column v and gives its text, or the error.
func readOne(t *testing.T, typ types.Type, opts map[string]string, rec string) string {
	t.Helper()
	d := decoderOf(t, types.Schema{{Name: "v", Type: typ}}, opts)
	n, err := d.Decode([][]byte{[]byte(rec)})
	cols := d.Take()
	defer cols[0].Release()
	if err != nil {
		var bad *formats.RecordError
		if !errors.As(err, &bad) || n != 0 || cols[0].Len() != 0 {
			t.Fatalf("%d records, %d rows, error %v", n, cols[0].Len(), err)
		}
		return "error: " + err.Error()
	}
	return texts(cols[0], typ)[0]
}

func TestValuesByType(t *testing.T) {
	for _, tc := range []struct {
		typ  types.Type
		json string // of the field v
		want string
	}{
		{types.Of(types.Int16), `-32768`, "-32768"},
		{types.Of(types.Int16), `300000`, `error: field v: "300000" is out of range for SMALLINT`},
		{types.Of(types.Int32), `2147483647`, "2147483647"},
		{types.Of(types.Int32), `2147483648`, `error: field v: "2147483648" is out of range for INT`},
		{types.Of(types.Int64), `0`, "0"},
		{types.Of(types.Int64), `-0`, "0"},
		{types.Of(types.Int64), `12345678`, "12345678"},
		{types.Of(types.Int64), `123456789012345`, "123456789012345"},
		{types.Of(types.Int64), `1234567890123456`, "1234567890123456"},
		{types.Of(types.Int64), `9223372036854775807`, "9223372036854775807"},
		{types.Of(types.Int64), `-9223372036854775808`, "-9223372036854775808"},
		{types.Of(types.Int64), `9223372036854775808`, `error: field v: "9223372036854775808" is out of range for BIGINT`},
		{types.Of(types.Int64), `1.0`, "1"},
		{types.Of(types.Int64), `1e3`, "1000"},
		{types.Of(types.Int64), `1200e-2`, "12"},
		{types.Of(types.Int64), `0.000e-99999999999`, "0"},
		{types.Of(types.Int64), `1e99999999999`, `error: field v: "1e99999999999" is out of range for BIGINT`},
		{types.Of(types.Int64), `1.5`, `error: field v: "1.5" is not a BIGINT`},
		{types.Of(types.Int64), `"17"`, "17"},
		{types.Of(types.Int64), `"1,7"`, `error: field v: "1,7" is not a BIGINT`},
		{types.Of(types.Int64), `""`, `error: field v: "" is not a BIGINT`},
		{types.Of(types.Int64), `true`, `error: field v: "true" is not a BIGINT`},
		{types.Of(types.Int64), `{"a":[1,2]}`, `error: field v: "{\"a\":[1,2]}" is not a BIGINT`},
		{types.Of(types.Int64), `017`, `error: field v: not JSON at byte 5: "017}" where a value must come`},
		{types.Of(types.Int64), `null`, "NULL"},
		{types.Of(types.Int64), `nul`, `error: field v: not JSON at byte 5: "nul}" where a value must come`},

		{types.Of(types.Float64), `0.1`, "0.1"},
		{types.Of(types.Float64), `-0.0`, "-0"},
		{types.Of(types.Float64), `1.7976931348623157e308`, "1.7976931348623157e+308"},
		{types.Of(types.Float64), `1e309`, `error: field v: "1e309" is out of range for DOUBLE`},
		{types.Of(types.Float64), `9007199254740993`, "9.007199254740992e+15"},
		{types.Of(types.Float64), `"NaN"`, "NaN"},
		{types.Of(types.Float64), `"-Infinity"`, "-Infinity"},
		{types.Of(types.Float64), `"2.5"`, "2.5"},
		{types.Of(types.Float64), `"nan"`, `error: field v: "nan" is not a DOUBLE`},
		{types.Of(types.Float32), `16777217`, "1.6777216e+07"},
		{types.Of(types.Float32), `1e39`, `error: field v: "1e39" is out of range for REAL`},

		{types.DecimalOf(10, 2), `12.5`, "12.50"},
		{types.DecimalOf(10, 2), `-0.05`, "-0.05"},
		{types.DecimalOf(10, 2), `1.230`, "1.23"},
		{types.DecimalOf(10, 2), `99999999.99`, "99999999.99"},
		{types.DecimalOf(10, 2), `100000000`, `error: field v: "100000000" is out of range for DECIMAL(10,2)`},
		{types.DecimalOf(10, 2), `1.234`, `error: field v: "1.234" has more digits after the point than DECIMAL(10,2)`},
		{types.DecimalOf(10, 2), `"12,5"`, `error: field v: "12,5" is not a DECIMAL(10,2)`},
		{types.DecimalOf(10, 2), `"12.5"`, "12.50"},
		{types.DecimalOf(38, 0), `-99999999999999999999999999999999999999`, "-99999999999999999999999999999999999999"},
		{types.DecimalOf(38, 0), `100000000000000000000000000000000000000`, `error: field v: "100000000000000000000000000000000000000" is out of range for DECIMAL(38,0)`},
		{types.DecimalOf(38, 38), `0.12345678901234567890123456789012345678`, "0.12345678901234567890123456789012345678"},
		{types.DecimalOf(38, 10), `1.5e20`, "150000000000000000000.0000000000"},

		{types.Of(types.Bool), `true`, "true"},
		{types.Of(types.Bool), `false`, "false"},
		{types.Of(types.Bool), `"true"`, `error: field v: "true" is not a BOOLEAN`},
		{types.Of(types.Bool), `1`, `error: field v: "1" is not a BOOLEAN`},
		{types.Of(types.Bool), `truth`, `error: field v: not JSON at byte 5: "truth}" where a value must come`},

		{types.Of(types.Text), `""`, ""},
		{types.Of(types.Text), `"plain"`, "plain"},
		{types.Of(types.Text), `"q\"b\\s\/n\nt\tu\u00e9\b\f\r"`, "q\"b\\s/n\nt\tué\b\f\r"},
		{types.Of(types.Text), `"ends with \\"`, `ends with \`},
		{types.Of(types.Text), `"\ud83d\ude00"`, "😀"},
		{types.Of(types.Text), `"\u0000"`, "\x00"},
		{types.Of(types.Text), `"\ud83d"`, `error: field v: "\\ud83d" is not the escape of a character`},
		{types.Of(types.Text), `"\ude00"`, `error: field v: "\\ude00" is not the escape of a character`},
		{types.Of(types.Text), `"\u12g4"`, `error: field v: "\\u12g4" is not the escape of a character`},
		{types.Of(types.Text), `"\q"`, `error: field v: "\\q" is not the escape of a character`},
		{types.Of(types.Text), "\"a\x01\"", `error: field v: "a\x01" has a control character (byte 7) that is not escaped`},
		{types.Of(types.Text), "\"\xff\"", `error: field v: "\xff" is not valid UTF-8`},
		{types.Of(types.Text), `"grün"`, "grün"},
		{types.Of(types.Text), `1.50`, "1.50"},
		{types.Of(types.Text), `true`, "true"},
		{types.Of(types.Text), `{"a": [1, "x"]}`, `{"a": [1, "x"]}`},
		{types.Of(types.Text), `["\q"]`, `error: field v: "\\q" is not the escape of a character`},
		{types.Of(types.JSON), `"s"`, `"s"`},
		{types.Of(types.JSON), `{"a":{}}`, `{"a":{}}`},
		{types.Of(types.JSON), `[1,]`, `error: field v: not JSON at byte 8: "]}" where a value must come`},

		{types.Of(types.Bytes), `"3q2+7w=="`, `\xdeadbeef`},
		{types.Of(types.Bytes), `"3q2-7w=="`, `error: field v: "3q2-7w==" is not base64, as a BYTEA must be`},
		{types.Of(types.UUID), `"123e4567-E89B-12d3-a456-426614174000"`, "123e4567-e89b-12d3-a456-426614174000"},
		{types.Of(types.UUID), `"123e4567-e89b-12d3-a456-42661417400"`, `error: field v: "123e4567-e89b-12d3-a456-42661417400" is not a UUID`},
		{types.Of(types.UUID), `"123e4567-e89b-12d3-a456-42661417400x"`, `error: field v: "123e4567-e89b-12d3-a456-42661417400x" is not a UUID`},
		{types.Of(types.Date), `"2024-02-29"`, "2024-02-29"},
		{types.Of(types.Date), `"2023-02-29"`, `error: field v: "2023-02-29" is not a DATE`},
		{types.Of(types.Date), `"2024-02-29T00:00"`, `error: field v: "2024-02-29T00:00" is not a DATE`},
		{types.Of(types.Time), `"13:05"`, "13:05:00"},
		{types.Of(types.Time), `"23:59:59.999999999"`, "23:59:59.999999"},
		{types.Of(types.Time), `"24:00:00"`, `error: field v: "24:00:00" is not a TIME`},

		{types.ArrayOf(types.Of(types.Int64)), `[]`, "{}"},
		{types.ArrayOf(types.Of(types.Int64)), ` [ 1 , null , 3 ] `, "{1,NULL,3}"},
		{types.ArrayOf(types.Of(types.Int64)), `[1,"x"]`, `error: field v[1]: "x" is not a BIGINT`},
		{types.ArrayOf(types.Of(types.Int64)), `{}`, `error: field v: "{}" is not an ARRAY<BIGINT>`},
		{types.ArrayOf(types.ArrayOf(types.Of(types.Text))), `[["a"],[],null]`, "{{a},{},NULL}"},
		{types.MapOf(types.Of(types.Text), types.Of(types.Int64)), `{"a":1,"b":null}`, `{"a":1,"b":null}`},
		{types.MapOf(types.Of(types.Text), types.Of(types.Int64)), `{"a":1,"b":2,"a":3}`, `{"b":2,"a":3}`},
		{types.MapOf(types.Of(types.Text), types.Of(types.Int64)), `{"a":1,"b":[]}`, `error: field v["b"]: "[]" is not a BIGINT`},
		{types.MapOf(types.Of(types.Text), types.Of(types.Int64)), `{}`, `{}`},
		{types.RowOf(types.Field{Name: "a", Type: types.Of(types.Int64)}, types.Field{Name: "B", Type: types.Of(types.Text)}),
			`{"B":"x","c":[{}],"b":"no"}`, "(,x)"},
		{types.RowOf(types.Field{Name: "tags", Type: types.ArrayOf(types.RowOf(types.Field{Name: "n", Type: types.Of(types.Int32)}))}),
			`{"tags":[{"n":1},{},{"n":2},{"n":"three"}]}`, `error: field v.tags[3].n: "three" is not an INT`},
		{types.RowOf(types.Field{Name: "a", Type: types.Of(types.Int64)}), `[1]`, `error: field v: "[1]" is not a ROW(a BIGINT)`},
	} {
		t.Run(fmt.Sprintf("%s from %.40s", tc.typ, tc.json), func(t *testing.T) {
			if got := readOne(t, tc.typ, nil, `{"v":`+tc.json+`}`); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
			// The same far from the end of the record, where eight bytes at a time are read.
			tail := `,"behind":"` + strings.Repeat("x", 40) + `"}`
			got := readOne(t, tc.typ, nil, `{"v":`+tc.json+tail)
			if got != tc.want && !strings.Contains(tc.want, "not JSON") {
				t.Errorf("with more behind it: got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func TestTimestampsByOption(t *testing.T) {
	const ms = "2023-11-14 22:13:20.123"
	for _, tc := range []struct{ option, json, want string }{
		{"auto", `1700000000`, "2023-11-14 22:13:20"},
		{"auto", `1700000000123`, ms},
		{"auto", `1700000000123456`, "2023-11-14 22:13:20.123456"},
		{"auto", `1700000000123456789`, "2023-11-14 22:13:20.123456"},
		{"auto", `1700000000.1234567`, "2023-11-14 22:13:20.123456"},
		{"auto", `1.700000000123e12`, ms},
		{"auto", `-1`, "1969-12-31 23:59:59"},
		{"auto", `0`, "1970-01-01 00:00:00"},
		{"auto", `99999999999`, "5138-11-16 09:46:39"},
		{"auto", `100000000000`, "1973-03-03 09:46:40"},
		{"auto", `"2026-01-31T13:05:00.123Z"`, "2026-01-31 13:05:00.123"},
		{"auto", `"2026-01-31 13:05:00"`, "2026-01-31 13:05:00"},
		{"auto", `"2026-01-31t13:05z"`, "2026-01-31 13:05:00"},
		{"auto", `"2026-01-31"`, "2026-01-31 00:00:00"},
		{"auto", `"2026-01-31T13:05:00.123456789+02:00"`, "2026-01-31 11:05:00.123456"},
		{"auto", `"2026-01-31T23:05:00-0130"`, "2026-02-01 00:35:00"},
		{"auto", `"2026-01-31T23:05:00+05"`, "2026-01-31 18:05:00"},
		{"auto", `"1969-12-31T23:59:59.999999Z"`, "1969-12-31 23:59:59.999999"},
		{"auto", `"+012026-01-31T00:00:00Z"`, "12026-01-31 00:00:00"},
		{"auto", `"2026-02-30T00:00:00Z"`, `error: field v: "2026-02-30T00:00:00Z" is not a TIMESTAMP`},
		{"auto", `"2026-01-31T24:00:00Z"`, `error: field v: "2026-01-31T24:00:00Z" is not a TIMESTAMP`},
		{"auto", `"2026-01-31T13:05:00.Z"`, `error: field v: "2026-01-31T13:05:00.Z" is not a TIMESTAMP`},
		{"auto", `"2026-01-31T13:05:00 CET"`, `error: field v: "2026-01-31T13:05:00 CET" is not a TIMESTAMP`},
		{"auto", `"1700000000123"`, `error: field v: "1700000000123" is not a TIMESTAMP`},
		{"auto", `"soon"`, `error: field v: "soon" is not a TIMESTAMP`},
		{"auto", `true`, `error: field v: "true" is not a TIMESTAMP`},
		{"auto", `1e30`, `error: field v: "1e30" is out of range for TIMESTAMP`},
		{"auto", `"+999999-01-31T00:00:00Z"`, `error: field v: "+999999-01-31T00:00:00Z" is not a TIMESTAMP`},
		{"iso", `1700000000123`, `error: field v: "1700000000123" is not a TIMESTAMP`},
		{"iso", `"2026-01-31T13:05:00Z"`, "2026-01-31 13:05:00"},
		{"s", `1700000000.123`, ms},
		{"s", `"1700000000"`, "2023-11-14 22:13:20"},
		{"s", `99999999999999`, `error: field v: "99999999999999" is out of range for TIMESTAMP`},
		{"ms", `1700000000123`, ms},
		{"ms", `5`, "1970-01-01 00:00:00.005"},
		{"ms", `"2026-01-31T13:05:00Z"`, `error: field v: "2026-01-31T13:05:00Z" is not a TIMESTAMP`},
		{"us", `1700000000123000`, ms},
		{"ns", `1700000000123000999`, ms},
		{"ns", `1999`, "1970-01-01 00:00:00.000001"},
	} {
		t.Run(tc.option+" "+tc.json, func(t *testing.T) {
			for _, tail := range []string{"}", `,"behind":"` + strings.Repeat("x", 40) + `"}`} {
				got := readOne(t, types.Of(types.Timestamp), map[string]string{"timestamp": tc.option}, `{"v":`+tc.json+tail)
				if got != tc.want {
					t.Errorf("got  %s\nwant %s", got, tc.want)
				}
			}
		})
	}
}

func TestRecordsAsAWhole(t *testing.T) {
	deep := func(n int) string { return `{"v":1,"x":` + strings.Repeat("[", n) + strings.Repeat("]", n) + "}" }
	for _, tc := range []struct{ name, rec, want string }{
		{"white space around", " \t\r\n{ \"v\" : 7 }\n", "7"},
		{"no fields", `{}`, "NULL"},
		{"only unknown ones", `{"w":{"v":1}}`, "NULL"},
		{"the last of one name counts", `{"v":1,"v":2}`, "2"},
		{"null after a value counts", `{"v":1,"v":null}`, "NULL"},
		{"an escaped key is the same key", `{"\u0076":3}`, "3"},
		{"names match exactly", `{"V":3}`, "NULL"},
		{"skipped values of every kind", `{"a":"x\"}","b":-1.5e+3,"c":true,"d":false,"e":null,"f":[1,{"g":[]},"]"],"h":{},"i":0,"v":4}`, "4"},
		{"a skipped string ends in a backslash", `{"a":"\\","v":4}`, "4"},
		{"a skipped string is not looked into", "{\"a\":\"\xff\\q\x01\",\"v\":4}", "4"},
		{"512 levels", deep(511), "1"},
		{"513 levels", deep(512), "error: is nested deeper than 512 levels"},
		{"10,000 levels", deep(10000), "error: is nested deeper than 512 levels"},
		{"empty", ``, "error: the record is empty"},
		{"blank", "  ", "error: the record is empty"},
		{"no object", `[1]`, `error: the record is not a JSON object: "[1]"`},
		{"a bare word", `v`, `error: the record is not a JSON object: "v"`},
		{"something behind", `{"v":1} {"v":2}`, `error: "{\"v\":2}" follows the record's object, at byte 8`},
		{"cut off in a skipped string", `{"v":1,"x":"abc`, "error: the record ends at byte 15, where a closing quote must come"},
		{"cut off behind a value", `{"v":1,"x":2`, "error: the record ends at byte 12, where a comma or the end of the object must come"},
		{"cut off behind a key", `{"v":1,"x"`, "error: the record ends at byte 10, where a colon must come"},
		{"cut off before a value", `{"v":`, "error: the record ends at byte 5, where a value must come"},
		{"cut off in a word", `{"v":1,"x":tru`, `error: not JSON at byte 11: "tru" where a value must come`},
		{"a comma too many", `{"v":1,}`, `error: not JSON at byte 7: "}" where a key in quotes must come`},
		{"a comma too few", `{"v":1 "x":2}`, `error: not JSON at byte 7: "\"x\":2}" where a comma or the end of the object must come`},
		{"NUL bytes", "\x00\x00", `error: the record is not a JSON object: "\x00\x00"`},
		{"brackets crossed", `{"v":1,"x":[}]}`, `error: not JSON at byte 12: "}]}" where a value must come`},
		{"single quotes", `{'v':1}`, `error: not JSON at byte 1: "'v':1}" where a key in quotes must come`},
		{"a number with a sign", `{"v":+1}`, `error: field v: not JSON at byte 5: "+1}" where a value must come`},
		{"an unknown number with a leading zero", `{"x":01,"v":1}`, `error: not JSON at byte 5: "01,\"v\":1}" where a value must come`},
		{"an unknown number with nothing behind the point", `{"x":1.,"v":1}`, `error: not JSON at byte 5: "1.,\"v\":1}" where a value must come`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := readOne(t, types.Of(types.Int64), nil, tc.rec); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
	d := decoderOf(t, types.Schema{{Name: "v", Type: types.Of(types.Int64)}}, nil)
	if _, err := d.Decode([][]byte{nil}); err == nil || err.Error() != "record has no value (a tombstone)" {
		t.Errorf("a tombstone gives %v", err)
	}
}

func TestNotNullNamesTheField(t *testing.T) {
	d := decoderOf(t, types.Schema{{Name: "a", Type: types.Of(types.Int64), NotNull: true}}, nil)
	for _, rec := range []string{`{}`, `{"a":null}`, `{"a":1,"a":null}`} {
		n, err := d.Decode([][]byte{[]byte(rec)})
		if n != 0 || err == nil || err.Error() != "field a: is missing or null, but NOT NULL" {
			t.Errorf("%s: %d, %v", rec, n, err)
		}
	}
	if n, err := d.Decode([][]byte{[]byte(`{"a":null,"a":1}`)}); n != 1 || err != nil {
		t.Errorf("a value after a null: %d, %v", n, err)
	}
}

// A bad record after values of all kinds have been written must leave nothing behind in any column.
func TestNothingOfABadRecordStays(t *testing.T) {
	item := types.RowOf(types.Field{Name: "n", Type: types.Of(types.Int64)}, types.Field{Name: "s", Type: types.Of(types.Text)})
	s := types.Schema{
		{Name: "i", Type: types.Of(types.Int64)}, {Name: "t", Type: types.Of(types.Text)}, {Name: "b", Type: types.Of(types.Bool)},
		{Name: "items", Type: types.ArrayOf(item)}, {Name: "m", Type: types.MapOf(types.Of(types.Text), types.Of(types.Text))},
		{Name: "r", Type: item}, {Name: "last", Type: types.Of(types.Int64)},
	}
	good := `{"i":1,"t":"a","b":true,"items":[{"n":1,"s":"x"},null,{"s":"y"}],"m":{"k":"v","l":null},"r":{"n":2},"last":9}`
	other := `{"last":8,"items":[],"r":null,"t":null,"b":false,"m":{},"i":2}`
	bad := `{"i":77,"t":"bad","b":null,"items":[null,{"n":null,"s":"bad"},{"n":5}],"m":{"bad":null,"x":"bad"},"r":{"s":"bad"},"last":"x"}`
	read := func(recs ...string) string {
		d := decoderOf(t, s, nil)
		var good, failed int
		for _, r := range recs {
			n, err := d.Decode([][]byte{[]byte(r)})
			good += n
			if err != nil {
				failed++
			}
		}
		cols := d.Take()
		var out strings.Builder
		fmt.Fprintln(&out, good, "good")
		for i, c := range cols {
			fmt.Fprintln(&out, s[i].Name, texts(c, s[i].Type))
			if err := validate(c); err != nil {
				t.Errorf("column %s: %v", s[i].Name, err)
			}
			c.Release()
		}
		if failed != len(recs)-good {
			t.Errorf("%d of %d failed, %d are good", failed, len(recs), good)
		}
		return out.String()
	}
	want := read(good, other, good, other)
	if got := read(bad, good, bad, bad, other, good, bad, other, bad); got != want {
		t.Errorf("with bad records:\n%s\nwithout:\n%s", got, want)
	}
	if !strings.Contains(want, `items [{"(1,x)",NULL,"(,y)"} {} {"(1,x)",NULL,"(,y)"} {}]`) || !strings.Contains(want, `r [(2,) NULL (2,) NULL]`) {
		t.Errorf("the good records are read as\n%s", want)
	}
}

func validate(a arrow.Array) error {
	if v, ok := a.(interface{ ValidateFull() error }); ok {
		return v.ValidateFull()
	}
	return nil
}

func TestDecodeStopsAtTheFirstBadRecordAndGoesOnBehindIt(t *testing.T) {
	d := decoderOf(t, types.Schema{{Name: "v", Type: types.Of(types.Int64)}}, nil)
	recs := [][]byte{[]byte(`{"v":1}`), []byte(`{"v":2}`), []byte(`{"v":`), []byte(`{"v":4}`)}
	if n, err := d.Decode(recs); n != 2 || err == nil || d.Len() != 2 {
		t.Fatalf("%d, %v, %d rows", n, err, d.Len())
	}
	if n, err := d.Decode(recs[3:]); n != 1 || err != nil || d.Len() != 3 {
		t.Fatalf("behind it: %d, %v, %d rows", n, err, d.Len())
	}
	cols := d.Take()
	defer cols[0].Release()
	if got := fmt.Sprint(texts(cols[0], types.Of(types.Int64))); got != "[1 2 4]" || d.Len() != 0 {
		t.Errorf("rows %s, %d left", got, d.Len())
	}
}

// What is learnt about the order of keys must never change what is read.
func TestKeysInAnyOrderAndShape(t *testing.T) {
	s := types.Schema{{Name: "a", Type: types.Of(types.Int64)}, {Name: "bb", Type: types.Of(types.Int64)}, {Name: "a long name, longer than 16", Type: types.Of(types.Int64)}}
	d := decoderOf(t, s, nil)
	long := `"` + strings.Repeat("k", 300) + `"`
	shapes := []string{
		`{"a":1,"bb":2,"a long name, longer than 16":3}`,
		`{"a long name, longer than 16":3,"bb":2,"a":1}`,
		`{"a" : 1, "bb" : 2, "a long name, longer than 16" : 3}`,
		`{"x":[0],"a":1,"y":{},"bb":2,"a long name, longer than 15":9,"a long name, longer than 16":3}`,
		`{` + long + `:5,"a":1,` + long + `:6,"bb":2,"a long name, longer than 16":3}`,
		`{"a":0,"bb":2,"a":1,"a long name, longer than 16":3,"b":4,"bbb":5}`,
	}
	for i := range 200 { // more keys than are remembered
		shapes = append(shapes, fmt.Sprintf(`{"k%d":0,"a":1,"l%d":"x","bb":2,"a long name, longer than 16":3}`, i, i))
	}
	rows := 0
	for round := range 3 {
		for i := range shapes {
			rec := shapes[(i*(round*2+1))%len(shapes)]
			if _, err := d.Decode([][]byte{[]byte(rec)}); err != nil {
				t.Fatalf("%s: %v", rec, err)
			}
			rows++
		}
	}
	cols := d.Take()
	for i, c := range cols {
		for row, v := range texts(c, s[i].Type) {
			if v != fmt.Sprint(i+1) {
				t.Errorf("row %d, column %s: %s", row, s[i].Name, v)
			}
		}
		c.Release()
	}
	if keys := d.(*decoder).root.keys; len(keys.steps) > stepsMax {
		t.Errorf("%d steps are remembered", len(keys.steps))
	}
}

func TestAHugeValueDoesNotMakeLaterBatchesHuge(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	d, err := New().NewDecoder(types.Schema{{Name: "v", Type: types.Of(types.Text)}}, nil, mem)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Release()
	small, huge := []byte(`{"v":"small"}`), []byte(`{"v":"`+strings.Repeat(`\n`, 10<<20)+`"}`)
	for i := range 6 {
		recs := [][]byte{small, small}
		if i == 2 {
			recs[1] = huge
		}
		if _, err := d.Decode(recs); err != nil {
			t.Fatal(err)
		}
		if used := mem.CurrentAlloc(); i != 2 && used > 64<<10 {
			t.Errorf("batch %d takes %d bytes", i, used)
		}
		for _, c := range d.Take() {
			c.Release()
		}
	}
	if kept := cap(d.(*decoder).scratch); kept > scratchMax {
		t.Errorf("%d bytes are kept for unescaped strings", kept)
	}
}

func TestColumnsThatNoRecordCanHold(t *testing.T) {
	for _, tc := range []struct {
		typ  types.Type
		want string
	}{
		{types.Of(types.Interval), `column "v": a value of type INTERVAL cannot be read from a record`},
		{types.ArrayOf(types.Of(types.Interval)), `column "v": a value of type INTERVAL cannot be read from a record`},
		{types.MapOf(types.Of(types.Int64), types.Of(types.Text)), `column "v": the keys of a map in a record are TEXT, not BIGINT`},
	} {
		_, err := New().NewDecoder(types.Schema{{Name: "v", Type: tc.typ}}, nil, checked(t))
		if err == nil || err.Error() != tc.want {
			t.Errorf("%s: %v", tc.typ, err)
		}
	}
	for _, opts := range []map[string]string{{"timestamp": "m"}, {"nulls": "no"}} {
		if _, err := New().NewDecoder(nil, opts, checked(t)); err == nil {
			t.Errorf("options %v are taken", opts)
		}
	}
}
