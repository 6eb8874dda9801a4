package json

import (
	stdjson "encoding/json"
	"math"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"pgregory.net/rapid"

	"millrace/types"
)

// lines encodes a batch, each row as a string.
func lines(t testing.TB, s types.Schema, opts map[string]string, rec arrow.RecordBatch) []string {
	t.Helper()
	e, err := New().NewEncoder(s, opts)
	if err != nil {
		t.Fatal(err)
	}
	buf, ends, err := e.Encode(rec, []byte("before"))
	if err != nil {
		t.Fatal(err)
	}
	out, from := make([]string, len(ends)), len("before")
	for i, end := range ends {
		out[i], from = string(buf[from:end]), end
	}
	return out
}

func TestRowsAsRecords(t *testing.T) {
	item := types.RowOf(types.Field{Name: "n", Type: types.Of(types.Int64)}, types.Field{Name: "s", Type: types.Of(types.Text)})
	s := types.Schema{
		{Name: "at", Type: types.Of(types.Timestamp)}, {Name: "tz", Type: types.Of(types.TimestampTZ)},
		{Name: "d", Type: types.DecimalOf(10, 2)}, {Name: `a "name"`, Type: types.Of(types.Text)}, {Name: "j", Type: types.Of(types.JSON)},
		{Name: "l", Type: types.ArrayOf(item)}, {Name: "m", Type: types.MapOf(types.Of(types.Text), types.Of(types.Float64))},
	}
	in := []string{
		`{"at":"2026-01-31T13:05:00.5","tz":1700000000123,"d":12.5,"a \"name\"":"q\"\u00e9\u0001","j":{"a":` + "\n" + `1},"l":[{"n":1,"s":"x"},null,{"n":2}],"m":{"a":1.5,"b":"NaN","c":null}}`,
		`{}`,
		`{"at":"-000001-12-31T00:00:00"}`,
	}
	rec := decodeAll(t, decoderOf(t, s, nil), [][]byte{[]byte(in[0]), []byte(in[1]), []byte(in[2])}, s)
	defer rec.Release()
	for _, tc := range []struct {
		name string
		opts map[string]string
		want []string
	}{
		{"as it is", nil, []string{
			`{"at":"2026-01-31T13:05:00.5","tz":"2023-11-14T22:13:20.123Z","d":12.50,"a \"name\"":"q\"é\u0001","j":{"a": 1},"l":[{"n":1,"s":"x"},null,{"n":2,"s":null}],"m":{"a":1.5,"b":"NaN","c":null}}`,
			`{"at":null,"tz":null,"d":null,"a \"name\"":null,"j":null,"l":null,"m":null}`,
			`{"at":"-000001-12-31T00:00:00","tz":null,"d":null,"a \"name\"":null,"j":null,"l":null,"m":null}`,
		}},
		{"without NULLs, times as milliseconds", map[string]string{"nulls": "omit", "timestamp": "ms"}, []string{
			`{"at":1769864700500,"tz":1700000000123,"d":12.50,"a \"name\"":"q\"é\u0001","j":{"a": 1},"l":[{"n":1,"s":"x"},null,{"n":2}],"m":{"a":1.5,"b":"NaN","c":null}}`,
			`{}`,
			`{"at":-62167305600000}`,
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for i, got := range lines(t, s, tc.opts, rec) {
				if got != tc.want[i] || !stdjson.Valid([]byte(got)) {
					t.Errorf("got  %s\nwant %s", got, tc.want[i])
				}
			}
		})
	}
	t.Run("a slice of the batch", func(t *testing.T) {
		tail := rec.NewSlice(1, 3)
		defer tail.Release()
		all := lines(t, s, nil, rec)
		for i, got := range lines(t, s, nil, tail) {
			if got != all[i+1] {
				t.Errorf("got  %s\nwant %s", got, all[i+1])
			}
		}
	})
	t.Run("a time that nanoseconds cannot say", func(t *testing.T) {
		e, err := New().NewEncoder(s, map[string]string{"timestamp": "ns"})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err = e.Encode(rec, nil); err == nil || err.Error() != `column "at": 0002-12-31 00:00:00 BC cannot be written as nanoseconds since 1970` {
			t.Errorf("error %v", err)
		}
	})
}

// Whatever the types and values, reading gives back what was written, and encoding/json finds it valid.
func TestWhatIsWrittenReadsBackTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
		defer mem.AssertSize(t, 0)
		s := make(types.Schema, rapid.IntRange(1, 4).Draw(t, "columns"))
		for i := range s {
			s[i] = types.Column{Name: string(rune('a'+i)) + rapid.StringN(0, 8, -1).Draw(t, "name"), Type: drawType(t, 2)}
		}
		rec := drawBatch(t, mem, s)
		defer rec.Release()
		opts := map[string]string{
			"nulls":     rapid.SampledFrom([]string{"null", "omit"}).Draw(t, "nulls"),
			"timestamp": rapid.SampledFrom([]string{"auto", "iso", "us"}).Draw(t, "timestamp"),
		}
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
			recs[i], from = buf[from:end], end
			if !stdjson.Valid(recs[i]) {
				t.Fatalf("written: %s", recs[i])
			}
		}
		d, err := New().NewDecoder(s, opts, mem)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Release()
		if n, err := d.Decode(recs); err != nil {
			t.Fatalf("%s: %v", recs[n], err)
		}
		for i, c := range d.Take() {
			if !array.ApproxEqual(c, rec.Column(i), array.WithNaNsEqual(true), array.WithAbsTolerance(0)) {
				t.Errorf("column of type %s: written %v, read %v", s[i].Type, rec.Column(i), c)
			}
			c.Release()
		}
	})
}

func drawType(t *rapid.T, depth int) types.Type {
	kinds := []types.Kind{
		types.Bool, types.Int16, types.Int32, types.Int64, types.Float32, types.Float64, types.Decimal, types.Text,
		types.Bytes, types.Date, types.Time, types.Timestamp, types.TimestampTZ, types.UUID, types.JSON,
	}
	if depth > 0 {
		kinds = append(kinds, types.Array, types.Map, types.Row)
	}
	switch k := rapid.SampledFrom(kinds).Draw(t, "kind"); k {
	case types.Decimal:
		p := rapid.IntRange(1, 38).Draw(t, "precision")
		return types.DecimalOf(p, rapid.IntRange(0, p).Draw(t, "scale"))
	case types.Array:
		return types.ArrayOf(drawType(t, depth-1))
	case types.Map:
		return types.MapOf(types.Of(types.Text), drawType(t, depth-1))
	case types.Row:
		return types.RowOf(types.Field{Name: "x", Type: drawType(t, depth-1)}, types.Field{Name: "y", Type: drawType(t, depth-1)})
	default:
		return types.Of(k)
	}
}

func drawBatch(t *rapid.T, mem memory.Allocator, s types.Schema) arrow.RecordBatch {
	b := array.NewRecordBuilder(mem, s.Arrow())
	defer b.Release()
	for range rapid.IntRange(0, 5).Draw(t, "rows") {
		for i, c := range s {
			drawValue(t, b.Field(i), c.Type)
		}
	}
	return b.NewRecordBatch()
}

// drawValue appends a value or NULL. A whole row of NULLs and fields of NULLs are the same in JSON without nulls, so
// rows are never NULL themselves.
func drawValue(t *rapid.T, b array.Builder, typ types.Type) {
	if typ.Kind != types.Row && rapid.IntRange(0, 4).Draw(t, "null") == 0 {
		b.AppendNull()
		return
	}
	// Microseconds of years that a date can be said for.
	micros := rapid.Int64Range(-290_000*365*types.MicrosPerDay, 290_000*365*types.MicrosPerDay)
	switch b := b.(type) {
	case *array.BooleanBuilder:
		b.Append(rapid.Bool().Draw(t, "v"))
	case *array.Int16Builder:
		b.Append(rapid.Int16().Draw(t, "v"))
	case *array.Int32Builder:
		b.Append(rapid.Int32().Draw(t, "v"))
	case *array.Int64Builder:
		b.Append(rapid.Int64().Draw(t, "v"))
	case *array.Float32Builder:
		b.Append(rapid.OneOf(rapid.Float32(), rapid.SampledFrom([]float32{float32(math.NaN()), float32(math.Inf(-1))})).Draw(t, "v"))
	case *array.Float64Builder:
		b.Append(rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1)})).Draw(t, "v"))
	case *array.Decimal128Builder:
		n, err := decimal128.FromString(rapid.StringMatching(`-?[0-9]{1,38}`).Draw(t, "v"), 38, 0)
		if err != nil {
			t.Fatal(err)
		}
		for !n.FitsInPrecision(int32(typ.Precision)) {
			n, _ = n.Div(decimal128.FromI64(10))
		}
		b.Append(n)
	case *array.StringBuilder:
		if typ.Kind == types.JSON {
			b.Append(rapid.SampledFrom([]string{`{"a":[1,2.50]}`, `"s\n"`, `17`, `[]`, `[null, true]`}).Draw(t, "v"))
			return
		}
		b.Append(rapid.String().Draw(t, "v"))
	case *array.BinaryBuilder:
		b.Append(rapid.SliceOf(rapid.Byte()).Draw(t, "v"))
	case *array.Date32Builder:
		b.Append(arrow.Date32(rapid.Int32Range(-300_000*365, 300_000*365).Draw(t, "v")))
	case *array.Time64Builder:
		b.Append(arrow.Time64(rapid.Int64Range(0, types.MicrosPerDay-1).Draw(t, "v")))
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(micros.Draw(t, "v")))
	case *array.FixedSizeBinaryBuilder:
		b.Append(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "v"))
	case *array.ListBuilder:
		b.Append(true)
		for range rapid.IntRange(0, 3).Draw(t, "elements") {
			drawValue(t, b.ValueBuilder(), *typ.Elem)
		}
	case *array.MapBuilder:
		b.Append(true)
		for _, key := range rapid.SliceOfNDistinct(rapid.String(), 0, 20, rapid.ID[string]).Draw(t, "keys") {
			b.KeyBuilder().(*array.StringBuilder).Append(key)
			drawValue(t, b.ItemBuilder(), *typ.Elem)
		}
	case *array.StructBuilder:
		b.Append(true)
		for i, f := range typ.Fields {
			drawValue(t, b.FieldBuilder(i), f.Type)
		}
	default:
		t.Fatalf("no values for %s", typ)
	}
}
