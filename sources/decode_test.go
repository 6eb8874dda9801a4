package sources

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/catalog"
	"millrace/flow"
	"millrace/formats"
	"millrace/formats/csv"
	"millrace/formats/json"
	"millrace/types"
)

type col struct {
	name, meta string
	typ        types.Type
	notNull    bool
}

func scanOf(cols ...col) *Scan {
	t := &catalog.Table{Name: catalog.Name{Table: "t"}, Options: map[string]catalog.Option{"connector": {Value: "test"}}}
	s := &Scan{Table: t}
	for i, c := range cols {
		t.Columns = append(t.Columns, catalog.Column{Column: types.Column{Name: c.name, Type: c.typ, NotNull: c.notNull}, Metadata: c.meta})
		s.Columns = append(s.Columns, i)
	}
	return s
}

func decodingOf(t *testing.T, s *Scan, f formats.Format, from Origin) *Decoding {
	t.Helper()
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	t.Cleanup(func() { mem.AssertSize(t, 0) })
	d, err := NewDecoding(s, f, nil, from, mem)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Release)
	return d
}

func text(a arrow.Array, i int, t types.Type) string {
	if a.IsNull(i) {
		return "NULL"
	}
	return string(types.AppendText(nil, a, i, t))
}

func rowsOf(d *Decoding, s *Scan) []string {
	b := d.Take()
	if b == nil {
		return nil
	}
	defer b.Release()
	out := make([]string, b.Len())
	for row := range out {
		for i, c := range s.In() {
			out[row] += text(b.Rec.Column(i), row, c.Type) + "|"
		}
	}
	return out
}

var (
	bigint  = types.Of(types.Int64)
	varchar = types.Of(types.Text)
	headers = types.MapOf(varchar, types.Of(types.Bytes))
)

func TestColumnsOfRecordsAndOfWhatCameWithThem(t *testing.T) {
	s := scanOf(
		col{name: "offset", meta: "offset", typ: bigint}, col{name: "v", typ: bigint}, col{name: "topic", meta: "topic", typ: varchar},
		col{name: "p32", meta: "partition", typ: types.Of(types.Int32)}, col{name: "p64", meta: "partition", typ: bigint},
		col{name: "ts", meta: "timestamp", typ: types.Of(types.Timestamp)}, col{name: "w", typ: varchar},
		col{name: "kt", meta: "key", typ: varchar}, col{name: "kb", meta: "key", typ: types.Of(types.Bytes)}, col{name: "h", meta: "headers", typ: headers},
	)
	d := decodingOf(t, s, json.New(), Origin{Name: "bids", Partition: 3})
	for _, name := range []string{"offset", "topic", "key", "headers"} {
		if !d.Wants(name) {
			t.Errorf("%s is not wanted", name)
		}
	}
	if d.Wants("line") {
		t.Error("line is wanted")
	}
	n, err := d.Append(&Records{
		Values:  [][]byte{[]byte(`{}`), []byte(`{"v":1,"w":"x"}`), []byte(`{"w":"y","v":2}`)},
		Keys:    [][]byte{nil, []byte("k"), {}},
		Offsets: []int64{9, 10, 12},
		Times:   []int64{0, 1700000000123, -1},
		Headers: [][]Header{nil, {{Key: []byte("a"), Value: []byte("1")}, {Key: []byte("b")}, {Key: []byte("a"), Value: []byte("2")}}, {}},
	}, 1, 3)
	if n != 2 || err != nil || d.Len() != 2 {
		t.Fatalf("%d, %v, %d rows", n, err, d.Len())
	}
	got := strings.Join(rowsOf(d, s), "\n")
	want := `10|1|bids|3|3|2023-11-14 22:13:20.123|x|k|\x6b|{"b":null,"a":"\\x32"}|` + "\n" +
		`12|2|bids|3|3|NULL|y||\x|{}|`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if d.Take() != nil || d.Len() != 0 {
		t.Error("there are rows left")
	}
}

func TestABadRecordIsToldAndTheOthersStay(t *testing.T) {
	s := scanOf(col{name: "v", typ: bigint, notNull: true}, col{name: "k", meta: "key", typ: varchar, notNull: true},
		col{name: "at", meta: "timestamp", typ: types.Of(types.TimestampTZ), notNull: true}, col{name: "h", meta: "headers", typ: types.MapOf(varchar, varchar)})
	d := decodingOf(t, s, json.New(), Origin{})
	r := &Records{}
	for i, x := range []struct {
		value, key string
		at         int64
		header     string
	}{
		{`{"v":0}`, "k", 1, "x"}, {`{"v":null}`, "k", 1, "x"}, {`{"v":2}`, "", 1, "x"}, {`{"v":3}`, "\xff", 1, "x"},
		{`{"v":4}`, "k", -1, "x"}, {`{"v":5}`, "k", 1, "\xff"}, {"", "k", 1, "x"}, {`{"v":7}`, "k", 1, "x"},
	} {
		r.Values, r.Keys = append(r.Values, []byte(x.value)), append(r.Keys, []byte(x.key))
		r.Times, r.Headers = append(r.Times, x.at), append(r.Headers, []Header{{Key: []byte("h"), Value: []byte(x.header)}})
		if x.key == "" {
			r.Keys[i] = nil
		}
		if x.value == "" {
			r.Values[i] = nil
		}
	}
	var said []string
	for from := 0; from < len(r.Values); from++ {
		n, err := d.Append(r, from, len(r.Values))
		if from += n; err == nil {
			break
		}
		var bad *formats.RecordError
		if !errors.As(err, &bad) {
			t.Fatal(err)
		}
		said = append(said, fmt.Sprintf("%d: %v", from, err))
	}
	want := []string{
		"1: field v: is missing or null, but NOT NULL",
		"2: field k: is NOT NULL but the record has no key",
		"3: field k: the record's key is not valid UTF-8, as TEXT must be",
		"4: field at: is NOT NULL but the record has no timestamp",
		`5: field h: the record's header "h" is not valid UTF-8, as TEXT must be`,
		"6: record has no value (a tombstone)",
	}
	if strings.Join(said, "\n") != strings.Join(want, "\n") {
		t.Errorf("said\n%s\nwant\n%s", strings.Join(said, "\n"), strings.Join(want, "\n"))
	}
	if got := fmt.Sprint(rowsOf(d, s)); got != `[0|k|1970-01-01 00:00:00.001+00|{"h":"x"}| 7|k|1970-01-01 00:00:00.001+00|{"h":"x"}|]` {
		t.Errorf("rows %s", got)
	}
}

func TestABatchIsFullByRowsOrByBytes(t *testing.T) {
	s := scanOf(col{name: "v", typ: varchar})
	d := decodingOf(t, s, json.New(), Origin{})
	small, big := []byte(`{"v":"x"}`), []byte(`{"v":"`+strings.Repeat("x", batchBytesMax/2)+`"}`)
	r := &Records{}
	for range flow.BatchRows + 10 {
		r.Values = append(r.Values, small)
	}
	if n, err := d.Append(r, 0, len(r.Values)); n != flow.BatchRows || err != nil || !d.Full() {
		t.Fatalf("%d, %v, full: %v", n, err, d.Full())
	}
	if n, err := d.Append(r, flow.BatchRows, len(r.Values)); n != 0 || err != nil {
		t.Fatalf("a full batch took %d more, %v", n, err)
	}
	d.Take().Release()
	r.Values = [][]byte{small, big, big, small, small}
	if n, err := d.Append(r, 0, 5); n != 3 || err != nil || !d.Full() {
		t.Fatalf("%d, %v, full: %v", n, err, d.Full())
	}
	d.Take().Release()
	if n, err := d.Append(r, 3, 5); n != 2 || err != nil || d.Full() {
		t.Fatalf("%d, %v, full: %v", n, err, d.Full())
	}
}

// A query that wants no column of the record still counts its records and finds the bad ones.
func TestNoColumnOfTheRecord(t *testing.T) {
	s := scanOf(col{name: "v", typ: bigint}, col{name: "o", meta: "offset", typ: bigint})
	for _, columns := range [][]int{{}, {1}} {
		s.Columns = columns
		d := decodingOf(t, s, json.New(), Origin{})
		r := &Records{Values: [][]byte{[]byte(`{}`), []byte(`{"v":`), []byte(`{"v":2}`)}, Offsets: []int64{1, 2, 3}}
		if n, err := d.Append(r, 0, 3); n != 1 || err == nil {
			t.Fatalf("%d, %v", n, err)
		}
		if n, err := d.Append(r, 2, 3); n != 1 || err != nil {
			t.Fatalf("%d, %v", n, err)
		}
		b := d.Take()
		if b.Len() != 2 || int(b.Rec.NumCols()) != len(columns) {
			t.Errorf("%v", b.Rec)
		}
		b.Release()
	}
}

func TestFieldsByPosition(t *testing.T) {
	s := scanOf(col{name: "a", typ: bigint}, col{name: "o", meta: "offset", typ: bigint}, col{name: "b", typ: varchar}, col{name: "c", typ: varchar})
	s.Table.Columns[3].Computed = "b || b"
	s.Columns = []int{2}
	d := decodingOf(t, s, csv.New(), Origin{})
	if n, err := d.Append(&Records{Values: [][]byte{[]byte("1,x")}}, 0, 1); n != 1 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	if got := fmt.Sprint(rowsOf(d, s)); got != "[x|]" {
		t.Errorf("by the table's columns: %s", got)
	}
	d = decodingOf(t, s, csv.New(), Origin{Fields: []string{"b", "z", "a"}})
	if n, err := d.Append(&Records{Values: [][]byte{[]byte("x,,1")}}, 0, 1); n != 1 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	if got := fmt.Sprint(rowsOf(d, s)); got != "[x|]" {
		t.Errorf("by a header: %s", got)
	}
}

func TestMetadataOfTheWrongNameOrType(t *testing.T) {
	have := Metadata("offset", "timestamp")
	for _, tc := range []struct {
		c    col
		want string
	}{
		{col{name: "x", meta: "ofset", typ: bigint}, `connector "test" has no metadata "ofset"`},
		{col{name: "x", meta: "timestamp", typ: bigint}, `metadata "timestamp" cannot be a column of type BIGINT`},
		{col{name: "x", meta: "timestamp", typ: types.Of(types.Timestamp)}, "<nil>"},
	} {
		if err := CheckMetadata(scanOf(tc.c).Table, have); fmt.Sprint(err) != tc.want {
			t.Errorf("%s as %s: %v", tc.c.meta, tc.c.typ, err)
		}
	}
}
