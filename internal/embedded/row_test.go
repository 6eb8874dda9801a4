package embedded

import (
	"bytes"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/catalog"
	"millrace/types"
)

// values are some of each type, as JSON.
var values = map[string]struct {
	typ  types.Type
	json string
}{
	"bool":        {types.Of(types.Bool), `[true, null, false, true]`},
	"smallint":    {types.Of(types.Int16), `[1, null, -32768, 32767]`},
	"int":         {types.Of(types.Int32), `[1, null, -2147483648, 2147483647]`},
	"bigint":      {types.Of(types.Int64), `[1, null, -9223372036854775807, 9223372036854775807]`},
	"real":        {types.Of(types.Float32), `[1.5, null, -0.25, 3e38]`},
	"double":      {types.Of(types.Float64), `[1.5, null, -0.25, 1e300]`},
	"decimal":     {types.DecimalOf(20, 2), `["1.50", null, "-999999999999999999.99", "0.01"]`},
	"text":        {types.Of(types.Text), `["a", null, "", "üñ"]`},
	"json":        {types.Of(types.JSON), `["{}", null, "1", "[1, 2]"]`},
	"bytes":       {types.Of(types.Bytes), `["AAEC", null, "", "/w=="]`},
	"date":        {types.Of(types.Date), `["2026-01-01", null, "1969-12-31", "0001-01-01"]`},
	"time":        {types.Of(types.Time), `["10:00:00.000001", null, "00:00:00", "23:59:59.999999"]`},
	"timestamp":   {types.Of(types.Timestamp), `["2026-01-01 00:00:00.000001", null, "1969-12-31 23:59:59", "0001-01-01"]`},
	"timestamptz": {types.Of(types.TimestampTZ), `["2026-01-01 00:00:00.000001Z", null, "1969-12-31 23:59:59Z", "0001-01-01 00:00:00Z"]`},
	"interval":    {types.Of(types.Interval), `[{"months": 1, "days": -2, "nanoseconds": 3}, null, {"months": 0, "days": 0, "nanoseconds": 0}, {"months": -9, "days": 8, "nanoseconds": 7}]`},
	"uuid":        {types.Of(types.UUID), `["AAECAwQFBgcICQoLDA0ODw==", null, "/////////////////////w==", "AAAAAAAAAAAAAAAAAAAAAA=="]`},
	"array":       {types.ArrayOf(types.Of(types.Text)), `[["a", null], null, [], ["bcd"]]`},
	"arrays":      {types.ArrayOf(types.ArrayOf(types.DecimalOf(9, 1))), `[[["1.5", null], null], null, [], [[], ["2.0"]]]`},
	"map":         {types.MapOf(types.Of(types.Text), types.Of(types.Int64)), `[[{"key": "a", "value": 1}, {"key": "b", "value": null}], null, [], [{"key": "", "value": -1}]]`},
	"row": {types.RowOf(types.Field{Name: "a", Type: types.Of(types.Bool)}, types.Field{Name: "b", Type: types.Of(types.Date)}, types.Field{Name: "c", Type: types.Of(types.UUID)}),
		`[{"a": true, "b": "2026-01-01", "c": null}, null, {"a": null, "b": null, "c": "AAECAwQFBgcICQoLDA0ODw=="}, {"a": false, "b": "1970-01-01", "c": null}]`},
}

func fromJSON(t testing.TB, mem memory.Allocator, typ types.Type, text string) arrow.Array {
	t.Helper()
	a, _, err := array.FromJSON(mem, typ.Arrow(), strings.NewReader(text))
	if err != nil {
		t.Fatalf("%s: %v", typ, err)
	}
	return a
}

func TestRowsComeBackAsTheyWere(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	table := &catalog.Table{}
	var cols []arrow.Array
	kinds := map[types.Kind]bool{}
	for name, v := range values {
		table.Columns = append(table.Columns, catalog.Column{Column: types.Column{Name: name, Type: v.typ}})
		cols = append(cols, fromJSON(t, mem, v.typ, v.json))
		kinds[v.typ.Kind] = true
	}
	defer release(cols)
	for _, k := range types.Kinds() {
		if !kinds[k] {
			t.Errorf("no values of %s", k)
		}
	}
	l := newLayout(table)
	for _, cut := range [][2]int64{{0, 4}, {1, 4}, {2, 3}, {1, 2}, {0, 0}} {
		part := make([]arrow.Array, len(cols))
		for i, c := range cols {
			part[i] = array.NewSlice(c, cut[0], cut[1])
		}
		rows := l.encode(part, int(cut[1]-cut[0]))
		for i := range part {
			got := l.decode(mem, rows, i)
			if !array.Equal(got, part[i]) {
				t.Errorf("%s, rows %v: %v came back as %v", l.cols[i].Name, cut, part[i], got)
			}
			got.Release()
		}
		release(part)
	}
}

// TestKeysSortAsTheirValues: the values of each list ascend.
func TestKeysSortAsTheirValues(t *testing.T) {
	for _, tc := range []struct {
		typ  types.Type
		json string
	}{
		{types.Of(types.Bool), `[false, true]`},
		{types.Of(types.Int16), `[-32768, -1, 0, 1, 256, 32767]`},
		{types.Of(types.Int32), `[-2147483648, -1, 0, 1, 65536, 2147483647]`},
		{types.Of(types.Int64), `[-9223372036854775807, -1, 0, 1, 4294967296, 9223372036854775807]`},
		{types.Of(types.Float64), `[-1e300, -1.5, -1e-300, 0, 1e-300, 1.5, 1e300]`},
		{types.Of(types.Float32), `[-1e30, -1.5, -1e-30, 0, 1e-30, 1.5, 1e30]`},
		{types.DecimalOf(20, 2), `["-999999999999999999.99", "-1.00", "-0.01", "0.00", "0.01", "1.00", "999999999999999999.99"]`},
		{types.Of(types.Text), `["", "\u0000", "\u0000\u0000", "\u0000a", "a", "a\u0000", "a\u0000b", "a\u0001", "ab", "b", "ü"]`},
		{types.Of(types.Bytes), `["", "AA==", "AP8=", "AQ==", "/w=="]`},
		{types.Of(types.Date), `["0001-01-01", "1969-12-31", "1970-01-01", "2026-01-01"]`},
		{types.Of(types.Timestamp), `["0001-01-01", "1969-12-31 23:59:59", "1970-01-01", "2026-01-01 00:00:00.000001"]`},
		{types.Of(types.UUID), `["AAAAAAAAAAAAAAAAAAAAAA==", "AAECAwQFBgcICQoLDA0ODw==", "/////////////////////w=="]`},
	} {
		a := fromJSON(t, memory.DefaultAllocator, tc.typ, tc.json)
		b := fromJSON(t, memory.DefaultAllocator, types.Of(types.Int64), `[1,1,1,1,1,1,1,1,1,1,1]`)
		b = array.NewSlice(b, 0, int64(a.Len()))
		for _, cols := range [][]arrow.Array{{a}, {a, b}, {b, a}, {a, a}} {
			keys := encodeKeys([]byte("p"), cols, a.Len())
			for i := 1; i < a.Len(); i++ {
				if bytes.Compare(keys.at(i-1), keys.at(i)) >= 0 {
					t.Errorf("%s: the key of %s does not come before that of %s", tc.typ, a.ValueStr(i-1), a.ValueStr(i))
				}
			}
		}
	}
}

func TestKeysOfEqualFloatsAreEqual(t *testing.T) {
	negative := 0.0
	negative = -negative
	nan := negative / negative
	for _, pair := range [][2]float64{{0, negative}, {nan, -nan}} {
		if floatKey(pair[0]) != floatKey(pair[1]) || float32Key(float32(pair[0])) != float32Key(float32(pair[1])) {
			t.Errorf("the keys of %v and %v differ", pair[0], pair[1])
		}
	}
	if floatKey(nan) < floatKey(1e308) {
		t.Error("NaN is not the highest")
	}
}
