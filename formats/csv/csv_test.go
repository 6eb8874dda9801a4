package csv

import (
	"errors"
	"fmt"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"pgregory.net/rapid"

	"millrace/formats"
	"millrace/types"
)

func read(t *testing.T, s types.Schema, opts map[string]string, rec []byte) string {
	t.Helper()
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	d, err := New().NewDecoder(s, opts, mem)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Release()
	n, err := d.Decode([][]byte{rec})
	out := ""
	for i, c := range d.Take() {
		if c.Len() != n {
			t.Fatalf("%d rows of %d", c.Len(), n)
		}
		if n == 1 {
			v := "NULL"
			if !c.IsNull(0) {
				v = "[" + string(types.AppendText(nil, c, 0, s[i].Type)) + "]"
			}
			out += v
		}
		c.Release()
	}
	if err != nil {
		var bad *formats.RecordError
		if !errors.As(err, &bad) {
			t.Fatal(err)
		}
		return "error: " + err.Error()
	}
	return out
}

func TestLines(t *testing.T) {
	s := types.Schema{{Name: "n", Type: types.Of(types.Int64)}, {Name: "s", Type: types.Of(types.Text)}, {Name: "t", Type: types.Of(types.Text)}}
	for _, tc := range []struct {
		name string
		opts map[string]string
		line string
		want string
	}{
		{"plain", nil, "1,a,b", "[1][a][b]"},
		{"with its line end", nil, "1,a,b\r\n", "[1][a][b]"},
		{"empty is NULL, quoted is not", nil, `,,""`, "NULLNULL[]"},
		{"spaces are kept in text", nil, " 1 , a , b", "[1][ a ][ b]"},
		{"quotes", nil, `1,"a,""b""",""""`, `[1][a,"b"]["]`},
		{"line ends inside quotes", nil, "1,\"a\r\nb\",c\n", "[1][a\r\nb][c]"},
		{"another delimiter and quote", map[string]string{"delimiter": "tab", "quote": "'"}, "1\t'a\tb'\t\"", "[1][a\tb][\"]"},
		{"no quotes", map[string]string{"quote": ""}, `1,"a,b`, `[1]["a][b]`},
		{"a word for NULL", map[string]string{"null": "NULL"}, `NULL,"NULL",`, "NULL[NULL][]"},
		{"too few", nil, "1,a", "error: has 2 fields where there are 3 columns"},
		{"too many", nil, "1,a,b,", "error: has more than the 3 fields that there are columns for"},
		{"empty line", nil, "", "error: has 1 fields where there are 3 columns"},
		{"not a number", nil, "x,a,b", `error: field n: "x" is not a BIGINT`},
		{"out of range", nil, "9223372036854775808,a,b", `error: field n: "9223372036854775808" is out of range for BIGINT`},
		{"an open quote", nil, `1,"a,b`, `error: field s: "\"a,b" has no closing quote`},
		{"more behind a quote", nil, `1,"a"b,c`, `error: field s: "\"a\"b,c" has more behind its closing quote`},
		{"a bare quote", nil, `1,a"b,c`, `error: field s: "a\"b" has a quote in it but is not quoted`},
		{"not UTF-8", nil, "1,\xff,c", `error: field s: "\xff" is not valid UTF-8`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := read(t, s, tc.opts, []byte(tc.line)); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
	if got := read(t, s, nil, nil); got != "error: record has no value (a tombstone)" {
		t.Errorf("a tombstone gives %s", got)
	}
	s[0].NotNull = true
	if got := read(t, s, nil, []byte(",a,b")); got != "error: field n: is NULL, but NOT NULL" {
		t.Errorf("a NULL in a NOT NULL column gives %s", got)
	}
}

func TestValuesByType(t *testing.T) {
	for _, tc := range []struct {
		typ        types.Type
		text, want string
	}{
		{types.Of(types.Bool), "yes", "[true]"},
		{types.Of(types.Bool), "maybe", `error: field v: "maybe" is not a BOOLEAN`},
		{types.Of(types.Int16), "-32768", "[-32768]"},
		{types.Of(types.Int32), "2147483648", `error: field v: "2147483648" is out of range for INT`},
		{types.Of(types.Float32), "1.5", "[1.5]"},
		{types.Of(types.Float64), "NaN", "[NaN]"},
		{types.DecimalOf(6, 2), "12.5", "[12.50]"},
		{types.DecimalOf(6, 2), "123456", `error: field v: "123456" is out of range for DECIMAL(6,2)`},
		{types.Of(types.Date), "2026-01-31", "[2026-01-31]"},
		{types.Of(types.Time), "13:05", "[13:05:00]"},
		{types.Of(types.Timestamp), "2026-01-31T13:05:00.5", "[2026-01-31 13:05:00.5]"},
		{types.Of(types.TimestampTZ), "2026-01-31 13:05:00+02", "[2026-01-31 11:05:00+00]"},
		{types.Of(types.Timestamp), "soon", `error: field v: "soon" is not a TIMESTAMP`},
		{types.Of(types.Bytes), `\xdead`, `[\xdead]`},
		{types.Of(types.UUID), "123e4567-e89b-12d3-a456-426614174000", "[123e4567-e89b-12d3-a456-426614174000]"},
		{types.Of(types.JSON), `"{""a"":1}"`, `[{"a":1}]`},
		{types.Of(types.JSON), `{`, `error: field v: "{" is not a JSON`},
	} {
		if got := read(t, types.Schema{{Name: "v", Type: tc.typ}}, nil, []byte(tc.text)); got != tc.want {
			t.Errorf("%s from %s: %s, want %s", tc.typ, tc.text, got, tc.want)
		}
	}
}

func TestOnlyTheWantedFieldsAreRead(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	want := types.Schema{{Name: "c", Type: types.Of(types.Int64)}, {Name: "a", Type: types.Of(types.Int64)}}
	d, err := New().(formats.Positional).NewFieldDecoder(want, []int{2, 0}, 3, nil, mem)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Release()
	if n, err := d.Decode([][]byte{[]byte("1,not a number,3"), []byte("4,\"\xff\",6"), []byte("7,8")}); n != 2 || err == nil {
		t.Fatalf("%d, %v", n, err)
	}
	cols := d.Take()
	if c, a := cols[0].(*array.Int64), cols[1].(*array.Int64); c.String() != "[3 6]" || a.String() != "[1 4]" {
		t.Errorf("c %v, a %v", c, a)
	}
	for _, c := range cols {
		c.Release()
	}
}

func TestOptionsThatCannotBe(t *testing.T) {
	for _, opts := range []map[string]string{
		{"delimiter": ""}, {"delimiter": "::"}, {"delimiter": "\n"}, {"quote": "''"}, {"quote": ","}, {"null": "a,b"}, {"null": `"`},
	} {
		if _, err := New().NewEncoder(nil, opts); err == nil {
			t.Errorf("%v is taken", opts)
		}
	}
	for _, typ := range []types.Type{types.Of(types.Interval), types.ArrayOf(types.Of(types.Text))} {
		if _, err := New().NewDecoder(types.Schema{{Name: "v", Type: typ}}, nil, memory.DefaultAllocator); err == nil {
			t.Errorf("a column of type %s is taken", typ)
		}
	}
}

func TestWithoutQuotesSomeTextCannotBeWritten(t *testing.T) {
	s := types.Schema{{Name: "v", Type: types.Of(types.Text)}}
	b := array.NewRecordBuilder(memory.DefaultAllocator, s.Arrow())
	b.Field(0).(*array.StringBuilder).Append("a,b")
	rec := b.NewRecordBatch()
	e, err := New().NewEncoder(s, map[string]string{"quote": ""})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := e.Encode(rec, nil); err == nil || err.Error() != `column "v": "a,b" cannot be written without quotes` {
		t.Errorf("error %v", err)
	}
}

func TestWhatIsWrittenReadsBackTheSame(t *testing.T) {
	s := types.Schema{
		{Name: "t", Type: types.Of(types.Text)}, {Name: "n", Type: types.Of(types.Int64)}, {Name: "f", Type: types.Of(types.Float64)},
		{Name: "b", Type: types.Of(types.Bytes)}, {Name: "d", Type: types.Of(types.Date)}, {Name: "at", Type: types.Of(types.TimestampTZ)},
	}
	rapid.Check(t, func(t *rapid.T) {
		mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
		defer mem.AssertSize(t, 0)
		opts := map[string]string{
			"delimiter": rapid.SampledFrom([]string{",", ";", "tab"}).Draw(t, "delimiter"),
			"quote":     rapid.SampledFrom([]string{`"`, "'"}).Draw(t, "quote"),
			"null":      rapid.SampledFrom([]string{"", "NULL", "0"}).Draw(t, "null"),
		}
		b := array.NewRecordBuilder(mem, s.Arrow())
		defer b.Release()
		text := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune("\"',;\t\r\n0NUL"))))
		for range rapid.IntRange(0, 5).Draw(t, "rows") {
			for i := range s {
				if rapid.IntRange(0, 3).Draw(t, "null") == 0 {
					b.Field(i).AppendNull()
					continue
				}
				switch f := b.Field(i).(type) {
				case *array.StringBuilder:
					f.Append(text.Draw(t, "v"))
				case *array.Int64Builder:
					f.Append(rapid.OneOf(rapid.Int64(), rapid.Just[int64](0)).Draw(t, "v"))
				case *array.Float64Builder:
					f.Append(rapid.Float64().Draw(t, "v"))
				case *array.BinaryBuilder:
					f.Append(rapid.SliceOf(rapid.Byte()).Draw(t, "v"))
				case *array.Date32Builder:
					f.Append(arrow.Date32(rapid.Int32Range(-700_000, 3_000_000).Draw(t, "v")))
				case *array.TimestampBuilder:
					f.Append(arrow.Timestamp(rapid.Int64Range(-1<<55, 1<<60).Draw(t, "v")))
				}
			}
		}
		rec := b.NewRecordBatch()
		defer rec.Release()
		e, err := New().NewEncoder(s, opts)
		if err != nil {
			t.Fatal(err)
		}
		buf, ends, err := e.Encode(rec, nil)
		if err != nil {
			t.Fatal(err)
		}
		recs, from := make([][]byte, len(ends)), 0
		for i, end := range ends {
			recs[i], from = append(buf[from:end:end], '\r', '\n'), end
		}
		d, err := New().NewDecoder(s, opts, mem)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Release()
		if n, err := d.Decode(recs); err != nil {
			t.Fatalf("%q: %v", recs[n], err)
		}
		for i, c := range d.Take() {
			if !array.Equal(c, rec.Column(i)) {
				t.Errorf("column %s: written %v, read %v", s[i].Name, rec.Column(i), c)
			}
			c.Release()
		}
	})
}

func TestWhereARecordEnds(t *testing.T) {
	s, err := SyntaxOf(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		text string
		want int
	}{
		{"", 0}, {"a,b", 0}, {"a,b\nc", 4}, {"\n", 1}, {"a,\"b\nc\"\nd", 8}, {"\"a\nb", 0}, {"\"a\"", 0}, {"\"a\"\n", 4}, {"\"a\"\"\n\"\nb\n", 7},
		{"a\"b,c\nd\n", 6}, {"\"a\",\n", 5}, {"\"a\",", 0}, {"\"a\"x\ny\"", 5},
	} {
		if got := s.End([]byte(tc.text)); got != tc.want {
			t.Errorf("%q ends at %d, want %d", tc.text, got, tc.want)
		}
	}
}

// FuzzLines: whatever the line is, nothing panics, and the fields that are read are those that are written back.
func FuzzLines(f *testing.F) {
	for _, seed := range []string{"a,b,c", `"a""b",,`, `"`, `""""`, "a\"b", ",,", "\r\n", `"a"b`} {
		f.Add([]byte(seed))
	}
	s, err := SyntaxOf(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		fields, err := s.Names(line)
		if err != nil {
			return
		}
		again := append(s.AppendHeader(nil, fields), '\n')
		if end := s.End(append(again, "more"...)); end != len(again) {
			t.Fatalf("%q ends at %d", again, end)
		}
		back, err := s.Names(again)
		if err != nil || fmt.Sprintf("%q", back) != fmt.Sprintf("%q", fields) {
			t.Fatalf("%q has the fields %q; written as %q they read as %q, %v", line, fields, again, back, err)
		}
	})
}
