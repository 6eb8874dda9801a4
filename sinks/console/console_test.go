package console

import (
	"bytes"
	"context"
	"errors"
	"fmt"
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

func TestPrintedRows(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	first := batch(t, mem, `{"auction":1,"channel":"Gö, \"x\"","max":12.5}`, `{"auction":1000000,"max":0}`)
	defer first.Release()
	second := batch(t, mem, `{"auction":2,"channel":"a longer\u001b[2J\nname"}`)
	defer second.Release()
	changes := batch(t, mem, `{"auction":1,"channel":"x"}`, `{"auction":1,"channel":"y"}`)
	changes.Ops = []flow.Op{flow.UpdateBefore, flow.UpdateAfter}
	defer changes.Release()
	for _, tc := range []struct {
		name, format string
		batches      []*flow.Batch
		want         string
	}{
		{"table", "table", []*flow.Batch{first, second}, "" +
			" auction | channel |  max  \n" +
			"---------+---------+-------\n" +
			"       1 | Gö, \"x\" | 12.50\n" +
			" 1000000 |         |  0.00\n" +
			"       2 | a longer\\x1b[2J\\nname |\x20\n" +
			"(3 rows)\n"},
		{"table of nothing", "table", nil, "" +
			" auction | channel | max \n" +
			"---------+---------+-----\n" +
			"(0 rows)\n"},
		{"table of changes", "table", []*flow.Batch{changes}, "" +
			" op | auction | channel | max \n" +
			"----+---------+---------+-----\n" +
			" -U |       1 | x       |    \n" +
			" +U |       1 | y       |    \n" +
			"(2 rows)\n"},
		{"table of changes behind inserts", "table", []*flow.Batch{second, changes}, "" +
			" auction |        channel        | max \n" +
			"---------+-----------------------+-----\n" +
			"       2 | a longer\\x1b[2J\\nname |\x20\n" +
			" op | auction |        channel        | max \n" +
			"----+---------+-----------------------+-----\n" +
			" -U |       1 | x                     |    \n" +
			" +U |       1 | y                     |    \n" +
			"(3 rows)\n"},
		{"changelog", "changelog", []*flow.Batch{first, changes}, "" +
			"+I[1, Gö, \"x\", 12.50]\n+I[1000000, NULL, 0.00]\n-U[1, x, NULL]\n+U[1, y, NULL]\n"},
		{"json", "json", []*flow.Batch{first}, "" +
			`{"auction":1,"channel":"Gö, \"x\"","max":12.50}` + "\n" + `{"auction":1000000,"channel":null,"max":0.00}` + "\n"},
		{"csv", "csv", []*flow.Batch{first, second}, "" +
			"auction,channel,max\n1,\"Gö, \"\"x\"\"\",12.50\n1000000,,0.00\n2,\"a longer\x1b[2J\nname\",\n"},
		{"csv of nothing", "csv", nil, "auction,channel,max\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var out bytes.Buffer
			p, err := NewPrinter(&out, tc.format, schema)
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range tc.batches {
				if err := p.Write(b); err != nil {
					t.Fatal(err)
				}
			}
			if err := p.Close(); err != nil {
				t.Fatal(err)
			}
			if trim(out.String()) != trim(tc.want) {
				t.Errorf("got\n%s\nwant\n%s", out.String(), tc.want)
			}
		})
	}
	p, err := NewPrinter(nil, "json", schema)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Write(changes); err == nil || err.Error() != "printing changes as json is not supported" {
		t.Errorf("changes as json give %v", err)
	}
	if _, err := NewPrinter(nil, "xml", schema); err == nil {
		t.Error("format xml is taken")
	}
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

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("pipe is gone") }

func TestAFailedWriteIsAnError(t *testing.T) {
	p, err := NewPrinter(broken{}, "table", schema)
	if err != nil {
		t.Fatal(err)
	}
	b := batch(t, memory.DefaultAllocator, `{}`)
	defer b.Release()
	if err := p.Write(b); err == nil || fmt.Sprint(err) != "cannot print: pipe is gone" {
		t.Errorf("error %v", err)
	}
}
