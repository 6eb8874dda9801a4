package nexmark

import (
	"errors"
	"io"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/catalog"
	"millrace/sources"
	"millrace/sqlerr"
	"millrace/types"
)

func table(options map[string]string, cols ...types.Column) *catalog.Table {
	t := &catalog.Table{Name: catalog.Name{Table: "t"}, Options: map[string]catalog.Option{"connector": {Value: "nexmark"}}}
	for k, v := range options {
		t.Options[k] = catalog.Option{Value: v}
	}
	for _, c := range cols {
		t.Columns = append(t.Columns, catalog.Column{Column: c})
	}
	return t
}

// all is every column of an event.
func all(event string) []types.Column {
	var out []types.Column
	for _, c := range events[event] {
		out = append(out, types.Column{Name: c.name, Type: types.Of(c.kind)})
	}
	return out
}

// read gives the rows from a position on, as text.
func read(t *testing.T, tab *catalog.Table, columns []int, from sources.Position) []string {
	t.Helper()
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	s := &sources.Scan{Table: tab, Pushdown: sources.Pushdown{Columns: columns}, Bounded: true}
	src, err := New().Open(t.Context(), s, mem)
	if err != nil {
		t.Fatal(err)
	}
	r, err := src.Open(t.Context(), sources.Split{ID: "events"}, from, func() {})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var rows []string
	for {
		b, err := r.Next(t.Context())
		if errors.Is(err, io.EOF) {
			return rows
		}
		if err != nil {
			t.Fatal(err)
		}
		for i := range b.Len() {
			var row []byte
			for c, col := range s.In() {
				row = append(types.AppendText(row, b.Rec.Column(c), i, col.Type), '|')
			}
			rows = append(rows, string(row))
		}
		b.Release()
	}
}

func TestEqualSeedsGiveEqualEventsFromAnyPosition(t *testing.T) {
	for _, event := range []string{"bid", "auction", "person"} {
		tab := table(map[string]string{"event": event, "events": "20000", "seed": "7", "out_of_order": "2s"}, all(event)...)
		var cols []int
		for i := range tab.Columns {
			cols = append(cols, i)
		}
		rows := read(t, tab, cols, "")
		if len(rows) != 20000 {
			t.Fatalf("%s: %d rows", event, len(rows))
		}
		for _, from := range []int{1, 8192, 19_999, 20_000} {
			again := read(t, tab, cols, sources.Position(itoa(from)))
			if len(again) != len(rows)-from || len(again) > 0 && (again[0] != rows[from] || again[len(again)-1] != rows[len(rows)-1]) {
				t.Errorf("%s: from %d it reads %d other rows", event, from, len(again))
			}
		}
		other := read(t, table(map[string]string{"event": event, "events": "10", "seed": "8"}, all(event)...), cols, "")
		if other[3] == rows[3] {
			t.Errorf("%s: another seed gives the same row %q", event, other[3])
		}
	}
}

func itoa(n int) string {
	s := ""
	for ; n > 0; n /= 10 {
		s = string(rune('0'+n%10)) + s
	}
	return s
}

func TestOnlyTheWantedColumnsAreMade(t *testing.T) {
	tab := table(map[string]string{"events": "3"}, all("bid")...)
	whole, part := read(t, tab, []int{0, 2}, ""), read(t, tab, []int{2}, "")
	for i := range part {
		if got := whole[i]; got[len(got)-len(part[i]):] != part[i] {
			t.Errorf("row %d: %q alone, %q with another", i, part[i], whole[i])
		}
	}
	if rows := read(t, tab, nil, ""); len(rows) != 3 {
		t.Errorf("%d rows of no columns", len(rows))
	}
}

func TestWhatIsWrongWithATable(t *testing.T) {
	for _, tc := range []struct {
		name string
		tab  *catalog.Table
		code string
	}{
		{"a column that the event does not have", table(nil, types.Column{Name: "prize", Type: types.Of(types.Int64)}), sqlerr.UndefinedColumn},
		{"a column of another type", table(nil, types.Column{Name: "price", Type: types.Of(types.Text)}), sqlerr.DatatypeMismatch},
	} {
		if err := New().Check(tc.tab); sqlerr.Code(err) != tc.code {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
	endless := table(nil, all("bid")...)
	if _, err := New().Open(t.Context(), &sources.Scan{Table: endless, Bounded: true}, memory.DefaultAllocator); err == nil {
		t.Error("a snapshot of an endless table is read")
	}
}
