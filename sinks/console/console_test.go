package console

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/catalog"
	"millrace/flow"
	"millrace/formats"
	"millrace/formats/csv"
	"millrace/formats/json"
	"millrace/sinks"
	"millrace/types"
)

var schema = types.Schema{
	{Name: "auction", Type: types.Of(types.Int64)}, {Name: "channel", Type: types.Of(types.Text)}, {Name: "max", Type: types.DecimalOf(10, 2)},
}

// batch makes a batch of schema out of lines of JSON.
func batch(t testing.TB, mem memory.Allocator, lines ...string) *flow.Batch {
	t.Helper()
	d, err := json.New().NewDecoder(schema, nil, mem)
	if err != nil {
		t.Fatal(err)
	}
	recs := make([][]byte, len(lines))
	for i, l := range lines {
		recs[i] = []byte(l)
	}
	if _, err := d.Decode(recs); err != nil {
		t.Fatal(err)
	}
	cols := d.Take()
	rec := array.NewRecordBatch(schema.Arrow(), cols, int64(len(lines)))
	for _, c := range cols {
		c.Release()
	}
	return &flow.Batch{Rec: rec}
}

// trim takes the spaces off the ends of lines, which nobody sees.
func trim(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

func declared(format string) *catalog.Table {
	t := &catalog.Table{Name: catalog.Name{Table: "out"}, Options: map[string]catalog.Option{"connector": {Value: "print"}}}
	if format != "" {
		t.Options["format"] = catalog.Option{Value: format}
	}
	for _, c := range schema {
		t.Columns = append(t.Columns, catalog.Column{Column: c})
	}
	return t
}

// Instances that write at the same time share one header and one footer, and no line is torn apart.
func TestInstancesShareOnePrinter(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	var out bytes.Buffer
	c := New(&out, []formats.Format{json.New(), csv.New()})
	tab := declared("")
	var instances []sinks.Sink // all are open before the first writes, as in a job
	for i := range 4 {
		s, err := c.Open(context.Background(), &sinks.Write{Table: tab, Columns: []int{1, 0}, In: types.Schema{schema[1], schema[0]}, Index: i}, mem)
		if err != nil {
			t.Fatal(err)
		}
		instances = append(instances, s)
	}
	var wg sync.WaitGroup
	for _, s := range instances {
		b := batch(t, mem, `{"auction":7,"channel":"x"}`, `{"auction":7,"channel":"x"}`)
		in := array.NewRecordBatch(types.Schema{schema[1], schema[0]}.Arrow(), []arrow.Array{b.Rec.Column(1), b.Rec.Column(0)}, 2)
		b.Release()
		wg.Go(func() {
			defer in.Release()
			for range 50 {
				if err := s.Write(context.Background(), &flow.Batch{Rec: in}); err != nil {
					t.Error(err)
				}
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	want := " auction | channel | max\n---------+---------+-----\n" + strings.Repeat("       7 | x       |\n", 400) + "(400 rows)\n"
	if trim(out.String()) != want {
		t.Errorf("printed\n%s", out.String())
	}
}

func TestWhatThePrintConnectorTakes(t *testing.T) {
	c := New(nil, []formats.Format{json.New(), csv.New()})
	for format, want := range map[string]sinks.Changes{"": sinks.Changelog, "changelog": sinks.Changelog, "json": sinks.Appends, "csv": sinks.Appends} {
		if got := c.Accepts(declared(format)); got != want {
			t.Errorf("format %q takes %s, want %s", format, got, want)
		}
	}
	if err := catalog.CheckOptions(declared("xml"), c.Options()); err == nil {
		t.Error("format xml is taken")
	}
	tab := declared("json")
	tab.Columns[2].NotNull = true
	_, err := c.Open(context.Background(), &sinks.Write{Table: tab, Columns: []int{0, 1}, In: schema[:2]}, memory.DefaultAllocator)
	if err == nil || err.Error() != `column "max" of table "out" is NOT NULL, but the query gives no value for it` {
		t.Errorf("a NOT NULL column left out gives %v", err)
	}
}
