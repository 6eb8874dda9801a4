package printer

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/flow"
	"millrace/formats/json"
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

func TestPrintedRows(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	first := batch(t, mem, `{"auction":1,"channel":"Gö, \"x\"","max":12.5}`, `{"auction":1000000,"max":0}`)
	defer first.Release()
	second := batch(t, mem, `{"auction":2,"channel":"a longer\u001b[2J\nname"}`)
	defer second.Release()
	wide := batch(t, mem, `{"auction":1,"channel":"水車"}`, `{"auction":2,"channel":"ab"}`, `{"auction":3,"channel":"👩‍👩‍👧"}`)
	defer wide.Release()
	changes := batch(t, mem, `{"auction":1,"channel":"x"}`, `{"auction":1,"channel":"y"}`)
	changes.Ops = []flow.Op{flow.UpdateBefore, flow.UpdateAfter}
	defer changes.Release()
	for _, tc := range []struct {
		name    string
		options Options
		batches []*flow.Batch
		want    string
	}{
		{"table", Options{Format: "table"}, []*flow.Batch{first, second}, "" +
			" auction | channel |  max  \n" +
			"---------+---------+-------\n" +
			"       1 | Gö, \"x\" | 12.50\n" +
			" 1000000 |         |  0.00\n" +
			"       2 | a longer\\x1b[2J+|\n         | name            |\n" +
			"(3 rows)\n"},
		{"table of nothing", Options{Format: "table"}, nil, "" +
			" auction | channel | max \n" +
			"---------+---------+-----\n" +
			"(0 rows)\n"},
		{"table of changes", Options{Format: "table"}, []*flow.Batch{changes}, "" +
			" op | auction | channel | max \n" +
			"----+---------+---------+-----\n" +
			" -U |       1 | x       |    \n" +
			" +U |       1 | y       |    \n" +
			"(2 rows)\n"},
		{"table of changes behind inserts", Options{Format: "table"}, []*flow.Batch{second, changes}, "" +
			" auction |     channel     | max \n" +
			"---------+-----------------+-----\n" +
			"       2 | a longer\\x1b[2J+|\n         | name            |\n" +
			" op | auction |     channel     | max \n" +
			"----+---------+-----------------+-----\n" +
			" -U |       1 | x               |    \n" +
			" +U |       1 | y               |    \n" +
			"(3 rows)\n"},
		{"NULL that is seen", Options{Format: "table", Null: "NULL"}, []*flow.Batch{first}, "" +
			" auction | channel |  max  \n" +
			"---------+---------+-------\n" +
			"       1 | Gö, \"x\" | 12.50\n" +
			" 1000000 | NULL    |  0.00\n" +
			"(2 rows)\n"},
		{"wide characters", Options{Format: "table"}, []*flow.Batch{wide}, "" +
			" auction | channel | max \n" +
			"---------+---------+-----\n" +
			"       1 | 水車    |    \n" +
			"       2 | ab      |    \n" +
			"       3 | 👩‍👩‍👧      |    \n" +
			"(3 rows)\n"},
		{"expanded", Options{Format: "table", Expanded: On}, []*flow.Batch{first, second}, "" +
			"-[ RECORD 1 ]----\nauction | 1\nchannel | Gö, \"x\"\nmax     | 12.50\n" +
			"-[ RECORD 2 ]----\nauction | 1000000\nchannel |\nmax     | 0.00\n" +
			"-[ RECORD 3 ]------------\nauction | 2\nchannel | a longer\\x1b[2J+\n        | name\nmax     |\n"},
		{"expanded where the screen is narrow", Options{Format: "table", Expanded: Auto, Width: 20}, []*flow.Batch{first}, "" +
			"-[ RECORD 1 ]----\nauction | 1\nchannel | Gö, \"x\"\nmax     | 12.50\n" +
			"-[ RECORD 2 ]----\nauction | 1000000\nchannel |\nmax     | 0.00\n"},
		{"a table where the screen is wide", Options{Format: "table", Expanded: Auto, Width: 80}, []*flow.Batch{wide}, "" +
			" auction | channel | max \n" +
			"---------+---------+-----\n" +
			"       1 | 水車    |    \n" +
			"       2 | ab      |    \n" +
			"       3 | 👩‍👩‍👧      |    \n" +
			"(3 rows)\n"},
		{"expanded of nothing", Options{Format: "table", Expanded: On}, nil, "(0 rows)\n"},
		{"changelog", Options{Format: "changelog"}, []*flow.Batch{first, changes}, "" +
			"+I[1, Gö, \"x\", 12.50]\n+I[1000000, NULL, 0.00]\n-U[1, x, NULL]\n+U[1, y, NULL]\n"},
		{"json", Options{Format: "json"}, []*flow.Batch{first}, "" +
			`{"auction":1,"channel":"Gö, \"x\"","max":12.50}` + "\n" + `{"auction":1000000,"channel":null,"max":0.00}` + "\n"},
		{"csv", Options{Format: "csv"}, []*flow.Batch{first, second}, "" +
			"auction,channel,max\n1,\"Gö, \"\"x\"\"\",12.50\n1000000,,0.00\n2,\"a longer\x1b[2J\nname\",\n"},
		{"csv of nothing", Options{Format: "csv"}, nil, "auction,channel,max\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var out bytes.Buffer
			p, err := New(&out, tc.options, schema)
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
	p, err := New(nil, Options{Format: "json"}, schema)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Write(changes); err == nil || err.Error() != "printing changes as json is not supported" {
		t.Errorf("changes as json give %v", err)
	}
	if _, err := New(nil, Options{Format: "xml"}, schema); err == nil {
		t.Error("format xml is taken")
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("pipe is gone") }

func TestAFailedWriteIsAnError(t *testing.T) {
	p, err := New(broken{}, Options{Format: "table"}, schema)
	if err != nil {
		t.Fatal(err)
	}
	b := batch(t, memory.DefaultAllocator, `{}`)
	defer b.Release()
	if err := p.Write(b); err == nil || fmt.Sprint(err) != "cannot print: pipe is gone" {
		t.Errorf("error %v", err)
	}
}
