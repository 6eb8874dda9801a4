package json

import (
	"bytes"
	stdjson "encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/types"
)

// FuzzDecode compares the decoder with encoding/json: what is a record, and what its values are.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"i":1}`, `{"i":-12345678901234567,"t":"x\u00e9\ud83d\ude00","f":1.5e-3,"b":true,"l":[1,null,2],"o":{"i":3,"t":"y"}}`,
		`{"m":{"a":"b","a":"c"},"i":null,"raw":{"x":[1,{"y":"z"}]},"u":"skipped \" string"}`,
		` { "i" : 1 , "i" : 2 } `, `{"i":1e3,"f":-0,"t":12}`, `{"i":9223372036854775808}`, `{"t":"\q"}`, `{"x":[[[{"a":[]}]]]}`,
		`{"auction":1,"bidder":2,"price":3,"channel":"Google","url":"https://x/y?z=1","dateTime":1700000000000,"extra":"abcdefgh"}`,
		"{\"t\":\"\xff\"}", "{\"u\":\"\x01\"}", `{"i":01}`, `{"i":1}x`, `[`, `{"i":`, `{"\u0069":5}`, `{"f":1e400}`, `{"f":9007199254740993}`,
	} {
		f.Add([]byte(seed), []byte(seed))
	}
	f.Add([]byte(`{ "i" :0}`), []byte(`{ "i" : 0}`)) // what is learnt from the first is only the start of the second's
	item := types.RowOf(types.Field{Name: "i", Type: types.Of(types.Int64)}, types.Field{Name: "t", Type: types.Of(types.Text)})
	s := types.Schema{
		{Name: "i", Type: types.Of(types.Int64)}, {Name: "t", Type: types.Of(types.Text)}, {Name: "f", Type: types.Of(types.Float64)},
		{Name: "b", Type: types.Of(types.Bool)}, {Name: "l", Type: types.ArrayOf(types.Of(types.Int64))}, {Name: "o", Type: item},
		{Name: "m", Type: types.MapOf(types.Of(types.Text), types.Of(types.Text))}, {Name: "raw", Type: types.Of(types.JSON)},
	}
	f.Fuzz(func(t *testing.T, first, rec []byte) {
		mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
		defer mem.AssertSize(t, 0)
		d, err := New().NewDecoder(s, nil, mem)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Release()
		d.Decode([][]byte{first}) // the order of its keys is learnt
		for _, c := range d.Take() {
			c.Release()
		}
		n, err := d.Decode([][]byte{rec})
		cols := d.Take()
		defer func() {
			for _, c := range cols {
				c.Release()
			}
		}()
		for _, c := range cols {
			if err := validate(c); err != nil || c.Len() != n {
				t.Fatalf("%d of %d rows: %v", c.Len(), n, err)
			}
		}
		var want map[string]any
		dec := stdjson.NewDecoder(bytes.NewReader(rec))
		dec.UseNumber()
		valid := stdjson.Valid(rec) && dec.Decode(&want) == nil && want != nil
		if err == nil {
			// What is in skipped strings is not looked at, so there encoding/json is asked without it.
			if !stdjson.Valid(blankStrings(rec)) {
				t.Fatalf("%q is read, but is not JSON", rec)
			}
		} else if valid && plainRecord(s, want, rec) {
			t.Fatalf("%q is not read: %v", rec, err)
		}
		if err != nil || !valid {
			return
		}
		for k, c := range s {
			got, wanted := valueOf(cols[k], 0, c.Type), wantedValue(want[c.Name], c.Type)
			if wanted != unknownValue && !reflect.DeepEqual(got, wanted) {
				t.Fatalf("%q: column %s is %#v, encoding/json has %#v", rec, c.Name, got, wanted)
			}
		}
	})
}

// blankStrings replaces what is inside strings by x.
func blankStrings(rec []byte) []byte {
	out, inside := bytes.Clone(rec), false
	for i := 0; i < len(out); i++ {
		switch {
		case out[i] == '"':
			inside = !inside
		case !inside:
		case out[i] == '\\' && i+1 < len(out):
			out[i], out[i+1] = 'x', 'x'
			i++
		default:
			out[i] = 'x'
		}
	}
	return out
}

var unknownValue = &struct{ int }{} // where encoding/json has no opinion that we share

// plainRecord reports whether each wanted value is of its column's type beyond doubt, so that it must be read.
func plainRecord(s types.Schema, rec map[string]any, raw []byte) bool {
	if !utf8.Valid(raw) || bytes.Contains(raw, []byte(`\u`)) || bytes.Count(raw, []byte("{"))+bytes.Count(raw, []byte("[")) > 100 {
		return false
	}
	// Of doubled keys encoding/json shows the last alone; an earlier one may be of another type.
	for _, c := range s {
		v, ok := rec[c.Name]
		if strings.Count(string(raw), `"`+c.Name+`"`) > 1 || ok && v != nil && wantedValue(v, c.Type) == unknownValue {
			return false
		}
	}
	return true
}

func wantedValue(v any, t types.Type) any {
	if v == nil {
		return nil
	}
	switch t.Kind {
	case types.Int64:
		if n, ok := v.(stdjson.Number); ok {
			if i, err := n.Int64(); err == nil {
				return i
			}
		}
	case types.Text:
		if s, ok := v.(string); ok && !strings.ContainsRune(s, utf8.RuneError) {
			return s
		}
	case types.Float64:
		if n, ok := v.(stdjson.Number); ok {
			if f, err := n.Float64(); err == nil && f != 0 {
				return f
			}
		}
	case types.Bool:
		if b, ok := v.(bool); ok {
			return b
		}
	case types.Array:
		if l, ok := v.([]any); ok {
			out := make([]any, len(l))
			for i, e := range l {
				if out[i] = wantedValue(e, *t.Elem); out[i] == unknownValue {
					return unknownValue
				}
			}
			return out
		}
	case types.Map:
		if m, ok := v.(map[string]any); ok {
			out := map[string]any{}
			for k, e := range m {
				if out[k] = wantedValue(e, *t.Elem); out[k] == unknownValue || strings.ContainsRune(k, utf8.RuneError) {
					return unknownValue
				}
			}
			return out
		}
	case types.Row:
		if m, ok := v.(map[string]any); ok {
			out := map[string]any{}
			for _, f := range t.Fields {
				if out[f.Name] = wantedValue(m[f.Name], f.Type); out[f.Name] == unknownValue {
					return unknownValue
				}
			}
			return out
		}
	}
	return unknownValue
}

// valueOf is a value as encoding/json would have it in an any.
func valueOf(a arrow.Array, i int, t types.Type) any {
	if a.IsNull(i) {
		return nil
	}
	switch a := a.(type) {
	case *array.Int64:
		return a.Value(i)
	case *array.String:
		return a.Value(i)
	case *array.Float64:
		if math.IsNaN(a.Value(i)) {
			return "NaN"
		}
		return a.Value(i)
	case *array.Boolean:
		return a.Value(i)
	case *array.Map:
		out := map[string]any{}
		from, to := a.ValueOffsets(i)
		for k := from; k < to; k++ {
			out[a.Keys().(*array.String).Value(int(k))] = valueOf(a.Items(), int(k), *t.Elem)
		}
		return out
	case *array.List:
		from, to := a.ValueOffsets(i)
		out := make([]any, 0, to-from)
		for k := from; k < to; k++ {
			out = append(out, valueOf(a.ListValues(), int(k), *t.Elem))
		}
		return out
	case *array.Struct:
		out := map[string]any{}
		for k, f := range t.Fields {
			out[f.Name] = valueOf(a.Field(k), i, f.Type)
		}
		return out
	}
	panic(t.String())
}
